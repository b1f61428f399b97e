import { afterEach, expect, test, vi } from "vitest";
import { wire } from "../../../host-tools/crypto/node.ts";
import { Journal, JournalError } from "../../core/journal.ts";
import { LARGEST_PAGE, storageFlash } from "./storage-flash.ts";

const BYTES = 8192;
/** The chip as the processor sees it; the Storage file's data begin anywhere in it. */
const CHIP = 0x101c0000;
const FILE = CHIP + 4096 + 36;
const PROGRAM_SIZE = 256;

afterEach(() => vi.unstubAllGlobals());

/** An Espruino whose flash has bits that no write clears, and which says so where it programs the 256 bytes around one. */
function espruino(stuck: number[] = []) {
  const cells = new Uint8Array(8 * 4096).fill(0xff);
  let file: { length: number } | undefined;
  const storage = {
    getFree: () => 100_000,
    read: () => file,
    write: (_name: string, _data: string, _offset: number, size: number) => {
      file = { length: size };
      return true;
    },
  };
  const flash = {
    getPage: (address: number) => ({ addr: address & -4096, length: 4096 }),
    read: (length: number, address: number) => cells.slice(address - CHIP, address - CHIP + length),
    erasePage: (address: number) => cells.fill(0xff, address - CHIP, address - CHIP + 4096),
    write: (data: Uint8Array, address: number) => {
      for (let i = 0; i < data.length; i++) cells[address - CHIP + i] &= data[i];
      for (const at of stuck) cells[at - CHIP] |= 1;
      const first = address - (address % PROGRAM_SIZE);
      const last = address + data.length - 1;
      if (stuck.some((at) => at >= first && at <= last - (last % PROGRAM_SIZE) + PROGRAM_SIZE - 1))
        throw new Error("jshFlashWrite: verification failed");
    },
  };
  vi.stubGlobal("espruinoRequire", (name: string) => (name === "Storage" ? storage : flash));
  vi.stubGlobal("E", { getAddressOf: () => FILE });
  return { cells, reserved: () => file?.length };
}

test("the journal's pages are whole ones inside its file", () => {
  const { cells, reserved } = espruino();
  const flash = storageFlash("journal", BYTES);
  expect([flash.pageSize, flash.pages, reserved()]).toEqual([4096, 2, BYTES + LARGEST_PAGE]);
  flash.write(0, new Uint8Array([1, 2, 3, 4]));
  flash.write(BYTES - 4, new Uint8Array([5, 6, 7, 8]));
  const start = cells.indexOf(1);
  expect(start % 4096).toBe(0);
  expect(start + CHIP).toBeGreaterThanOrEqual(FILE);
  expect(start + CHIP + BYTES).toBeLessThanOrEqual(FILE + BYTES + LARGEST_PAGE);
});

test("a worn cell, of which Espruino complains, makes the journal move to the other bank; one in each bank is a JournalError", () => {
  const first = CHIP + 2 * 4096;
  for (const stuck of [[first + 40], [first + 40, first + 4096 + 28]]) {
    espruino(stuck);
    const journal = new Journal(storageFlash("journal", BYTES), wire);
    journal.format([{ id: 1, value: new Uint8Array([1]) }]);
    const change = [{ id: 2, value: new Uint8Array(8) }];
    if (stuck.length > 1) {
      expect(() => journal.commit(change)).toThrow(JournalError);
      expect(journal.get(1)).toEqual(new Uint8Array([1]));
    } else {
      journal.commit(change);
      expect(new Journal(storageFlash("journal", BYTES), wire).mount()).toBe(true);
    }
  }
});
