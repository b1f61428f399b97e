/** Properties that name no number of their own. */
import fc from "fast-check";
import { runs } from "./runs.ts";

/** fast-check's own. */
const USUAL = 100;

fc.configureGlobal({ numRuns: runs(USUAL) });
