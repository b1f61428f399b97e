/**
 * What the token's `firmware/crypto/thumb.part.ts` finds on a board, for tests in Node: Storage in flash, arrays with addresses, and
 * `E.nativeCall` on a simulated Cortex-M0+.
 */
import { crc32 } from "node:zlib";
import { CortexM0, FLASH } from "./cortex-m0.ts";

const RAM = 0x20008000;
/** How far the work area moves. */
const MOVED = 0x1000;

export interface BoardOptions {
  /** Contents of the Storage file; undefined: there is none. */
  image?: Uint8Array;
  /** Where the file's data begins; 0 for flash without addresses. */
  address?: number;
  /** False for an interpreter that cannot call machine code. */
  nativeCall?: boolean;
  /** Where arrays lie; 0 for arrays in many pieces. */
  ram?: number;
}

/** The globals of such a board, the instructions of the last call, and how many there were. */
export function boardWithRoutines({ image, address = FLASH + 0x1c0020, nativeCall = true, ram = RAM }: BoardOptions) {
  const core = new CortexM0();
  const calls: { address: number; instructions: number; cycles: number }[] = [];
  if (image !== undefined && address > 0) core.memory(address, image.length).set(image);
  // One array alone is ever asked for its address: the work area.
  let work: Uint8Array | undefined;
  let place = 0;
  const E = {
    CRC32: (data: FlashText | Uint8Array) => crc32(data instanceof FlashText ? data.bytes : data),
    getAddressOf(data: FlashText | Uint8Array) {
      if (data instanceof FlashText) return address > 0 ? address + data.at : 0;
      work ??= data;
      if (work !== data) throw new Error("two arrays with an address are more than this board has");
      // As after a defragmentation: the place that was told before is another array's now.
      if (ram > 0) place = place === ram ? ram + MOVED : ram;
      return place;
    },
    nativeCall: nativeCall
      ? (target: number, signature: string) => {
          if (signature !== "int(int,int,int,int)") throw new Error(`an unexpected signature: ${signature}`);
          if ((target & 1) === 0) throw new Error("the address of Thumb code is odd");
          return (...args: number[]) => {
            if (args[0] !== place) throw new Error("the work area has moved since");
            const memory = core.memory(place, work!.length);
            memory.set(work!);
            const called = core.call(target - 1, ...args);
            work!.set(memory);
            calls.push({ address: target - 1, ...called });
            return 0;
          };
        }
      : undefined,
  };
  const storage = {
    read: (_name: string, at = 0, length = image?.length ?? 0) =>
      image === undefined ? undefined : new FlashText(image.subarray(at, at + length), at),
  };
  return { globals: { E, espruinoRequire: () => storage }, calls };
}

/** A string that is a piece of flash. */
class FlashText {
  readonly at: number;
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array, at: number) {
    this.at = at;
    this.bytes = bytes;
  }
}
