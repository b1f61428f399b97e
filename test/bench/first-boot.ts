/** The first boot of a process, over the flash that comes by message; tells by message what it took, in milliseconds. */
import { bootMilliseconds } from "../../emulator/testing/boot-cost.ts";

process.once("message", async (flash: Uint8Array) => {
  process.send!(await bootMilliseconds(flash));
  process.disconnect();
});
