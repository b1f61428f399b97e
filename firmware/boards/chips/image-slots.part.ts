/**
 * The two slots for firmware images on Espruino: the whole pages inside one Storage file that is allocated at installation, programmed by
 * `require("Flash")` like the journal's. Storage reads them, so that the bundle of either slot runs where it lies.
 */
import type { ImageSlots } from "../../hal/board.ts";
import { storageFlash } from "./storage-flash.ts";

declare const espruinoRequire: (module: "Storage") => {
  read(name: string): string | undefined;
  read(name: string, at: number, length: number): string;
};
declare const E: { getAddressOf(text: string, flat: true): number; toArrayBuffer(text: string): ArrayBuffer };
declare const load: () => void;

/**
 * @param name the Storage file of the slots
 * @param length bytes of each slot
 * @param file where the image lies that runs, and `at` where in it
 * @param model of this board
 * @returns undefined where there are no slots, or none in flash that has an address
 */
export function imageSlots(
  name: string,
  length: number,
  file: string,
  at: number,
  model: number,
): ImageSlots | undefined {
  const storage = espruinoRequire("Storage");
  const whole = storage.read(name);
  if (whole === undefined || E.getAddressOf(whole, true) === 0) return undefined;
  const base = slotsBegin(E.getAddressOf(whole, true));
  return {
    flash: storageFlash(name, 2 * length),
    length: length,
    running: file === name ? at - base : -1,
    fits: function (other) {
      return other === model;
    },
    view: function (place, bytes) {
      return new Uint8Array(E.toArrayBuffer(storage.read(name, base + place, bytes)));
    },
    restart: function () {
      load();
    },
  };
}

/** Where in its file the first slot begins: at the first page boundary, as the boot file has it too. @param address of the file */
function slotsBegin(address: number): number {
  return -address & 4095;
}
