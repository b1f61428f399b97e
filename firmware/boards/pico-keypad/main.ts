/** The bundle of the reference token: an object of named exports. */
import { installToken } from "../../core/install.part.ts";
import { Token } from "../../core/token.ts";
import { VERSION } from "../../core/version.ts";
import { lieAt } from "../../hal/image.ts";
import { type Conformance, conformance as parts } from "../conformance.part.ts";
import { fonts, primitives } from "../pico.ts";
import { startToken } from "../start.ts";
import { picoKeypad } from "./board.ts";

export { unpack } from "../../core/unpack.ts";
export const version = VERSION;
export const board = "pico-keypad";

/** Makes a blank token a token in factory state; see `installToken`. */
export function install(serial: string, keyVersion: number, enc: Uint8Array, mac: Uint8Array, dek: Uint8Array): void {
  installToken(new Token(picoKeypad()), serial, keyVersion, enc, mac, dek);
}

/**
 * Starts the token. `.boot0` calls it once, after it has closed the console.
 * @param file Storage file with the image that this bundle is part of @param at where in the file the image begins
 */
export function start(file?: string, at?: number): void {
  lieAt(file, at);
  startToken(picoKeypad(), fonts, primitives);
}

/** What a genuine interpreter is tested with, in an image as `start` has it. Nothing on the wire reaches it. */
export function conformance(file?: string, at?: number): Conformance {
  lieAt(file, at);
  return parts(primitives);
}
