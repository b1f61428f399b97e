/**
 * A validation server in a process of its own, run by `spawn-server.ts`: it starts with the first message, tells its URL, and then has
 * its clock moved by message. Its store is the server's own, or one that is wrong on purpose.
 */
import pino from "pino";
import { startServer } from "../../host-tools/validation-server/server.ts";
import { ReadThenWriteStore } from "./read-then-write-store.ts";
import type { Instruction, Start } from "./spawn-server.ts";

let now = 0;

async function start({ file, keys, log, wrongOnPurpose }: Start): Promise<void> {
  const db = wrongOnPurpose ? await ReadThenWriteStore.open(file, "default") : `sqlite:${file}`;
  const { url } = await startServer({
    db,
    keys,
    clock: { now: () => now },
    log: log === undefined ? undefined : pino.destination(log),
  });
  process.send!({ url });
}

process.on("message", (instruction: Instruction) => {
  now = instruction.now;
  if (instruction.start) void start(instruction.start);
  else process.send!({ now });
});
process.on("disconnect", () => process.exit(0));
