/** The main job on a genuine Espruino for Linux, in real time. */
import { EspruinoEngine } from "../../emulator/espruino/espruino-engine.ts";
import { describeStory } from "../end-to-end/story.ts";
import { interpreter } from "./interpreter.ts";

describeStory("espruino", {
  supplied: interpreter !== undefined,
  boot: (start) => EspruinoEngine.boot({ ...start, espruino: interpreter as string }),
  // An answer takes the interpreter a tenth of a second, and this computer may be busy.
  patience: { timeoutMs: 5000, retries: 3 },
  timeout: 300_000,
  faults: ({ faults }) => faults,
});
