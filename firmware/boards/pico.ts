/**
 * What every token on a Raspberry Pi Pico (RP2040) has: I2C1 on SDA D4 and SCL D5, a journal in the internal flash, USB-CDC, the machine
 * code. Display, keys and clock are a board's own.
 *
 * Assurance class O: its flash can be read and put back by whoever holds it.
 */

import { pinRounds } from "../crypto/pin-rounds.ts";
import { MachineCode } from "../crypto/routine.ts";
import { thumb } from "../crypto/thumb.part.ts";
import { typescript } from "../crypto/typescript.part.ts";
import type { Board, ImageSlots, Serial, Timers } from "../hal/board.ts";
import { image } from "../hal/image.ts";
import type { Primitives } from "../hal/primitives.ts";
import { type Typefaces, typefaces } from "../ui/typefaces.part.ts";
import type { I2cBus } from "./chips/i2c.ts";
import { imageSlots } from "./chips/image-slots.part.ts";
import { storageFlash } from "./chips/storage-flash.ts";
import { serveUsb } from "./chips/usb-cable.ts";
import { wire } from "./chips/wire.ts";
import { storage } from "./pico-wiring.ts";

declare const I2C1: I2cBus & { setup(options: { sda: number; scl: number; bitrate: number }): void };
declare const USB: { on(event: "data", received: (text: string) => void): void; write(text: string): void };
declare const E: { hwRand(): number };
/** Where the build puts the machine code in the image. */
declare const NATIVE_AT: number;
declare const D4: number;
declare const D5: number;
declare const D24: number;
declare const setTimeout: (call: () => void, ms: number) => number;
declare const clearTimeout: (timer: number) => void;

/** At 100 kHz a full picture would outlast the 50 ms that Espruino allows a transfer. */
const I2C_BITRATE = 400000;

/** The fonts of the screens, with digits of double height or without. */
export function fonts(tall: boolean): Typefaces {
  return typefaces(image.file, image.at, tall);
}

/** Its interpreter has no `crypto`: the machine code where it is installed, TypeScript otherwise. */
export function primitives(): Primitives {
  return thumb(new MachineCode(image.file, image.at + NATIVE_AT, typescript));
}

/** The bus that display and clock are on, ready to be used. */
export function picoBus(): I2cBus {
  I2C1.setup({ sda: D4, scl: D5, bitrate: I2C_BITRATE });
  return I2C1;
}

// Not made in `pico`: the interpreter keeps a list of scopes for each function that is made in another.
const serial: Serial = {
  start: function (received, cable) {
    USB.on("data", received);
    serveUsb(D24, cable);
  },
  write: function (text) {
    USB.write(text);
  },
};
const timers: Timers = {
  after: function (ms, call) {
    return setTimeout(call, ms);
  },
  cancel: function (timer) {
    clearTimeout(timer);
  },
};

function images(this: Board): ImageSlots | undefined {
  return imageSlots(storage.images, storage.slotBytes, image.file, image.at, this.model);
}

function random(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  // RP2040: get_rand_32, a generator that the ROSC's jitter seeds.
  for (let i = 0; i < length; i++) bytes[i] = E.hwRand() >>> 8;
  return bytes;
}

/** @param own what is not the same on every such board */
export function pico(own: Pick<Board, "name" | "model" | "display" | "keypad" | "clock" | "sound">): Board {
  return {
    name: own.name,
    model: own.model,
    assurance: "O",
    display: own.display,
    keypad: own.keypad,
    sound: own.sound,
    clock: own.clock,
    flash: storageFlash(storage.journal, storage.journalBytes),
    serial: serial,
    timers: timers,
    primitives: undefined as unknown as Primitives,
    pinRounds: pinRounds,
    wire: wire,
    images: images,
    random: random,
  };
}
