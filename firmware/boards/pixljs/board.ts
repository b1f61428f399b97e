/**
 * The experimental token: a Pixl.js (nRF52832) with its LCD and its four buttons, and no line to a host. It has no clock that means
 * anything: its codes are by counter.
 */
import { nativeSha1 } from "../../crypto/native-sha1.ts";
import { sha256 } from "../../crypto/sha256.ts";
import type { Board } from "../../hal/board.ts";
import type { Primitives } from "../../hal/primitives.ts";
import { buttons } from "../chips/buttons.ts";
import { ownClock } from "../chips/own-clock.ts";
import { st7567 } from "../chips/st7567.ts";
import { storageFlash } from "../chips/storage-flash.ts";
import { wire } from "../chips/wire.ts";
import { keypad, model, storage } from "./wiring.ts";

declare const E: { hwRand(): number };
declare const BTN1: number;
declare const BTN2: number;
declare const BTN3: number;
declare const BTN4: number;
declare const setTimeout: (call: () => void, ms: number) => number;
declare const clearTimeout: (timer: number) => void;

/** What no suite of a token of this board names is not there: `issue.ts` refuses it. */
export function primitives(): Primitives {
  return {
    hashes: { sha1: nativeSha1(), sha256: sha256 },
    providers: { sha1: "espruino", sha256: "typescript" },
    broken: [],
    intact: function () {
      return true;
    },
  } as unknown as Primitives;
}

/** Sets the board's pins up and hands out its parts. */
export function pixljs(): Board {
  return {
    name: "pixljs",
    model: model,
    assurance: "O",
    display: st7567(),
    keypad: buttons([BTN1, BTN4, BTN3, BTN2], keypad.legend, true),
    clock: ownClock(),
    flash: storageFlash(storage.journal, storage.journalBytes),
    timers: {
      after: function (ms, call) {
        return setTimeout(call, ms);
      },
      cancel: function (timer) {
        clearTimeout(timer);
      },
    },
    primitives: undefined as unknown as Primitives,
    images: function () {
      return undefined;
    },
    // Each takes the interpreter a second.
    pinRounds: function () {
      return 1;
    },
    wire: wire,
    random: function (length) {
      const bytes = new Uint8Array(length);
      // nRF52832: E.hwRand is the chip's noise generator, 32 bits at a time.
      for (let i = 0; i < length; i++) bytes[i] = E.hwRand() >>> 8;
      return bytes;
    },
  };
}
