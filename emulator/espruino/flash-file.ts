/** The flash of an interpreter: a file in its folder. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../engine.ts";
import { PAGE_SIZE, PAGES } from "../machine/flash.ts";

const NAME = "espruino.flash";
const LENGTH = PAGES * PAGE_SIZE;

/** All of it, blank where there is none yet. @throws EngineError failed for a file of another interpreter's */
export async function readFlash(folder: string): Promise<Uint8Array> {
  const bytes = await readFile(join(folder, NAME)).catch(() => new Uint8Array(LENGTH).fill(0xff));
  if (bytes.length !== LENGTH)
    throw new EngineError("failed", `the interpreter has a flash of ${bytes.length} bytes, not of ${LENGTH}`);
  return new Uint8Array(bytes);
}

/** It holds the token's keys: nobody else may read it. The interpreter would make one that everybody may. */
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

/** Bytes of a file's header; the name is its last. */
const HEADER = 32;
const NAME_LENGTH = 28;
/** Headers begin at multiples of it. */
const ALIGNMENT = 4;
/** A file of a name like these the interpreter starts by itself, in a process that may do all that its user may. */
const STARTED = /^\.(boot[^\0]*|varimg)\0*$/;

/**
 * A flash that may come from anywhere, without what the interpreter would start by itself: another engine's bundle, or whatever somebody
 * laid there. Each place at which a header could stand is looked at, so that it does not matter in what order the interpreter looks.
 */
export function withoutPrograms(bytes: Uint8Array): Uint8Array {
  const flash = Buffer.from(bytes);
  for (let at = 0; at + HEADER <= flash.length; at += ALIGNMENT) {
    const name = at + HEADER - NAME_LENGTH;
    // As Storage erases a file.
    if (flash[name] === 0x2e && STARTED.test(flash.toString("latin1", name, name + NAME_LENGTH)))
      flash.fill(0, name, name + 4);
  }
  return new Uint8Array(flash);
}
