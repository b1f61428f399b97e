/**
 * The journal's flash pages on Espruino: the whole pages inside one Storage file that is allocated once and never written through
 * Storage again. `require("Flash")` erases and programs them in place, so that Storage never moves them.
 */
import type { Flash } from "../../hal/board.ts";

/** Espruino's `require`, as the build calls it. The parts of its modules `Storage` and `Flash` that the journal needs. */
interface StorageModule {
  read(name: string): string | undefined;
  write(name: string, data: string, offset: number, size: number): boolean;
  getFree(): number;
}
interface FlashModule {
  getPage(address: number): { addr: number; length: number };
  read(length: number, address: number): Uint8Array;
  write(data: Uint8Array, address: number): void;
  erasePage(address: number): void;
}
declare const espruinoRequire: { (module: "Storage"): StorageModule; (module: "Flash"): FlashModule };
declare const E: { getAddressOf(text: string, flat: boolean): number };

/**
 * The file begins anywhere, the journal at its first page boundary: the file is longer by one page of the largest size. Where Storage has
 * less, it is the last file, and whole pages end it.
 */
export const LARGEST_PAGE = 4096;
/** Before each file in Storage. */
const FILE_HEADER = 32;

/**
 * The flash pages inside the Storage file `name`, which is created where it is missing.
 *
 * @param bytes of both banks together, a multiple of 2 x 4096
 */
export function storageFlash(name: string, bytes: number): Flash {
  const storage = espruinoRequire("Storage");
  const flash = espruinoRequire("Flash");
  if (storage.read(name) === undefined)
    storage.write(name, "OCHRE journal", 0, Math.min(bytes + LARGEST_PAGE, storage.getFree() - FILE_HEADER));
  const address = E.getAddressOf(storage.read(name) as string, true);
  const pageSize = flash.getPage(address).length;
  // Bit operations, because Espruino's Flash takes integers and a division leaves a Number. Page sizes are powers of two.
  const start = (address + pageSize - 1) & -pageSize;
  return {
    pageSize: pageSize,
    pages: bytes / pageSize,
    read: function (at, length) {
      return flash.read(length, start + at);
    },
    write: function (at, bytes) {
      try {
        flash.write(bytes, start + at);
      } catch {
        // An RP2040's Espruino compares the 256 bytes around what it wrote and throws. The journal reads back what concerns it.
      }
    },
    erase: function (at) {
      flash.erasePage(start + at);
    },
  };
}
