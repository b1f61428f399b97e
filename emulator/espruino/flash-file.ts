/** The flash of an interpreter: a file in its folder, which it makes when it first starts. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../engine.ts";
import { Flash, PAGE_SIZE, PAGES } from "../machine/flash.ts";
import { Storage } from "../machine/storage.ts";

const NAME = "espruino.flash";
const LENGTH = PAGES * PAGE_SIZE;

/** All of it, blank where there is none yet. @throws EngineError failed for a file of another interpreter's */
export async function readFlash(folder: string): Promise<Uint8Array> {
  const bytes = await readFile(join(folder, NAME)).catch(() => new Uint8Array(LENGTH).fill(0xff));
  if (bytes.length !== LENGTH)
    throw new EngineError("failed", `the interpreter has a flash of ${bytes.length} bytes, not of ${LENGTH}`);
  return new Uint8Array(bytes);
}

/** It holds the token's keys: nobody else may read it. */
export function writeFlash(folder: string, bytes: Uint8Array): Promise<void> {
  return writeFile(join(folder, NAME), bytes, { mode: 0o600 });
}

/** While the interpreter may write to it: twice the same, so that nothing later is in it without what came before. */
export async function readStill(folder: string): Promise<Uint8Array> {
  for (let bytes = await readFlash(folder); ; ) {
    const again = await readFlash(folder);
    if (Buffer.compare(bytes, again) === 0) return again;
    bytes = again;
  }
}

/** Another engine's flash, whose bundle the interpreter would start by itself, without that file. */
export function withoutFile(bytes: Uint8Array, name: string): Uint8Array {
  const flash = new Flash(bytes);
  new Storage(flash).erase(name);
  return flash.dump();
}
