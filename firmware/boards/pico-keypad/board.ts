/**
 * The reference token: Raspberry Pi Pico (RP2040), SSD1306 display and DS3231 clock on I2C1 (SDA D4, SCL D5), 4 x 4 keypad on D6 to D9
 * (rows) and D10 to D13 (columns), USB-CDC. Anybody can build one for about ten dollars.
 *
 * Assurance class O: its flash can be read and put back by whoever holds it.
 */

import { thumb } from "../../crypto/thumb.part.ts";
import { typescript } from "../../crypto/typescript.part.ts";
import type { Board } from "../../hal/board.ts";
import type { Primitives } from "../../hal/primitives.ts";
import { ds3231 } from "../chips/ds3231.ts";
import type { I2cBus } from "../chips/i2c.ts";
import { keypadMatrix } from "../chips/keypad-matrix.ts";
import { ssd1306 } from "../chips/ssd1306.ts";
import { storageFlash } from "../chips/storage-flash.ts";
import { serveUsb } from "../chips/usb-cable.ts";
import { wire } from "../chips/wire.ts";
import { display, keypad, storage } from "./wiring.ts";

declare const I2C1: I2cBus & { setup(options: { sda: number; scl: number; bitrate: number }): void };
declare const USB: { on(event: "data", received: (text: string) => void): void; write(text: string): void };
declare const E: { hwRand(): number };
declare const D4: number;
declare const D5: number;
declare const D6: number;
declare const D7: number;
declare const D8: number;
declare const D9: number;
declare const D10: number;
declare const D11: number;
declare const D12: number;
declare const D13: number;
declare const D24: number;
declare const setTimeout: (call: () => void, ms: number) => number;
declare const clearTimeout: (timer: number) => void;

/** At 100 kHz a full picture would outlast the 50 ms that Espruino allows a transfer. */
const I2C_BITRATE = 400000;

/** PBKDF2 rounds of 0.37 s: with them, the journal and four credentials to unmask, a PIN opens the menu within 0.7 s. In TypeScript one takes half a second. */
const ROUNDS_IN_MACHINE_CODE = 2800;

/** Its interpreter has no `crypto`: the machine code where it is installed, TypeScript otherwise. */
export function primitives(): Primitives {
  return thumb(storage.native, typescript);
}

/** Sets the board's pins up and hands out its parts. */
export function picoKeypad(): Board {
  I2C1.setup({ sda: D4, scl: D5, bitrate: I2C_BITRATE });
  const board: Board = {
    name: "pico-keypad",
    model: 0x0001,
    assurance: "O",
    display: ssd1306(I2C1, display.address),
    keypad: keypadMatrix([D6, D7, D8, D9], [D10, D11, D12, D13], keypad.legend),
    clock: ds3231(I2C1),
    flash: storageFlash(storage.journal, storage.journalBytes),
    serial: {
      start: function (received, cable) {
        USB.on("data", received);
        serveUsb(D24, cable);
      },
      write: function (text) {
        USB.write(text);
      },
    },
    timers: {
      after: function (ms, call) {
        return setTimeout(call, ms);
      },
      cancel: function (timer) {
        clearTimeout(timer);
      },
    },
    primitives: undefined as unknown as Primitives,
    pinRounds: 1,
    choosePrimitives: function () {
      board.primitives = primitives();
      board.pinRounds = board.primitives.providers.sha256 === "thumb" ? ROUNDS_IN_MACHINE_CODE : 1;
    },
    wire: wire,
    random: function (length) {
      const bytes = new Uint8Array(length);
      // RP2040: get_rand_32, a generator that the ROSC's jitter seeds.
      for (let i = 0; i < length; i++) bytes[i] = E.hwRand() >>> 8;
      return bytes;
    },
  };
  return board;
}
