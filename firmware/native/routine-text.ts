/** The machine code of the routines, kept as text beside their sources: `NAME.txt` with a head, the code in hex and its disassembly. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../build/sources.ts";

/** In the order in which they stand in the image. */
export const ROUTINE_NAMES = ["sha1", "sha256", "sha512", "aes128"] as const;
export type RoutineName = (typeof ROUTINE_NAMES)[number];

const BYTES_PER_LINE = 32;

/** Where a routine is kept. */
export const routinePath = (name: RoutineName) => join(root, "firmware/native", `${name}.txt`);

export interface RoutineText {
  code: Uint8Array;
  /** Name and version of the compiler that made it. */
  compiler: string;
  listing: string;
}

/** The text of a routine. */
export function formatRoutine(name: RoutineName, { code, compiler, listing }: RoutineText, crc32: number): string {
  const hex = Buffer.from(code).toString("hex");
  const lines = hex.match(new RegExp(`.{1,${2 * BYTES_PER_LINE}}`, "g"))!;
  const head = [
    `routine   ${name}`,
    `compiler  ${compiler}`,
    `bytes     ${code.length}`,
    `crc32     ${crc32.toString(16).padStart(8, "0")}`,
  ];
  return [...head, "", "code", ...lines, "", "listing", listing.trimEnd(), ""].join("\n");
}

/** Reads what `formatRoutine` wrote. @throws Error when the text is not of that form */
export function parseRoutine(text: string): RoutineText {
  const match = /^routine .*\ncompiler {2}(.*)\nbytes .*\ncrc32 .*\n\ncode\n((?:[0-9a-f]+\n)+)\nlisting\n/.exec(text);
  if (match === null) throw new Error("a routine's text has a head, its code in hex, and a listing");
  const code = new Uint8Array(Buffer.from(match[2].replaceAll("\n", ""), "hex"));
  return { code, compiler: match[1], listing: text.slice(match[0].length) };
}

/** The machine code of a routine, a multiple of four bytes. */
export function routineCode(name: RoutineName): Uint8Array {
  return parseRoutine(readFileSync(routinePath(name), "utf8")).code;
}

/** What installation writes to the board's Storage file: the routines one after the other, as firmware/crypto/routines.part.ts has them. */
export function nativeImage(): Uint8Array {
  return new Uint8Array(Buffer.concat(ROUTINE_NAMES.map(routineCode)));
}
