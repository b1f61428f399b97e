/** How often a property runs: fast-check's own number in the tests, OCHRE_FUZZ_RUNS in a campaign. */
import fc from "fast-check";

const runs = Number(process.env.OCHRE_FUZZ_RUNS);
if (runs > 0) fc.configureGlobal({ numRuns: runs });
