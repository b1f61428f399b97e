/** The bundle of the token with four buttons: an object of named exports. */
import { installToken } from "../../core/install.part.ts";
import { Token } from "../../core/token.ts";
import { VERSION } from "../../core/version.ts";
import { typefaces } from "../../ui/typefaces.part.ts";
import { type Conformance, conformance as parts } from "../conformance.part.ts";
import { primitives } from "../pico.ts";
import { startToken } from "../start.ts";
import { picoButtons } from "./board.ts";
import { storage } from "./wiring.ts";

export const version = VERSION;
export const board = "pico-buttons";

/** Makes a blank token a token in factory state; see `installToken`. */
export function install(serial: string, keyVersion: number, enc: Uint8Array, mac: Uint8Array, dek: Uint8Array): void {
  installToken(new Token(picoButtons()), serial, keyVersion, enc, mac, dek);
}

/** Starts the token. `.boot0` calls it once, after it has closed the console. */
export function start(): void {
  startToken(picoButtons(), function (tall) {
    return typefaces(storage.fonts, tall);
  });
}

/** What a genuine interpreter is tested with. Nothing on the wire reaches it. */
export function conformance(): Conformance {
  return parts(primitives);
}
