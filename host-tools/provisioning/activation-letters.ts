/**
 * What customers' letters have to say, each in a file of mode 0600 until it is printed. Who has the file and its token can set the PIN:
 * letter and token go separate ways, and the file goes when the letter is printed.
 */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileStem, statePlace, writePrivateFile } from "./pending-enrolments.ts";
import type { ActivationLetter } from "./personalise.ts";

/** The file is there, and is no letter of this token. */
export class LetterFileError extends Error {
  override name = "LetterFileError";
}

/** `letters/SERIAL.json` beside the enrolments that wait. */
export function letterFile(serial: string): string {
  return join(statePlace("letters"), `${fileStem(serial)}.json`);
}

/**
 * One letter a file: an earlier one of the same token is of no use any more and is replaced, another token's is never overwritten.
 * @param confirmed the token has proved that it knows this code
 * @throws LetterFileError
 */
export async function keepLetter(file: string, letter: ActivationLetter, confirmed: boolean): Promise<void> {
  const present = await readFile(file, "utf8").catch(() => undefined);
  if (present !== undefined && serialIn(present) !== letter.serial)
    throw new LetterFileError(`${file} is there already, and is not the letter of token ${letter.serial}.`);
  await writePrivateFile(file, { ...letter, confirmed });
}

/** The token takes the code of its letter no longer. */
export async function dropLetter(serial: string): Promise<void> {
  await rm(letterFile(serial), { force: true });
}

function serialIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { serial?: unknown } | null)?.serial;
  } catch {
    return undefined;
  }
}
