/** An I2C bus as Espruino's `I2C1`, and what a chip on it implements. */
import { bytesOf } from "./byte-arguments.ts";

export interface I2cChip {
  /** One write transfer: the bytes after the address, up to the stop condition. */
  write(bytes: Uint8Array): void;
  /** One read transfer of `length` bytes. */
  read(length: number): Uint8Array;
}

/** Bits a second, where `setup` does not say. */
const DEFAULT_BITRATE = 100_000;
/** How long Espruino lets one transfer take, in milliseconds. */
const TIMEOUT = 50;
/** Clock cycles for a byte and its acknowledgement. */
const BITS_A_BYTE = 9;

export class I2cBus {
  readonly #chips = new Map<number, I2cChip>();
  /** Bits a second; 0 before `setup`. */
  #bitrate = 0;

  /** Puts a chip on the bus at a 7-bit address. */
  attach(address: number, chip: I2cChip): void {
    this.#chips.set(address, chip);
  }

  /** Takes a chip off the bus: from then on it does not answer. */
  detach(address: number): void {
    this.#chips.delete(address);
  }

  reset(): void {
    this.#bitrate = 0;
  }

  setup(options: { bitrate?: number } = {}): void {
    const bitrate = options.bitrate ?? DEFAULT_BITRATE;
    if (!(bitrate >= 100)) throw new Error("Invalid I2C bitrate");
    this.#bitrate = bitrate;
  }

  /** @throws Error as the RP2040's Espruino does: before `setup`, when nobody answers, when the transfer takes longer than 50 ms */
  writeTo(address: unknown, ...data: unknown[]): void {
    const bytes = bytesOf(...data);
    if (bytes.length === 0) return;
    this.#transfer("jshI2CWrite", address, bytes.length).write(bytes);
  }

  /** @throws Error as `writeTo` */
  readFrom(address: unknown, length: unknown): Uint8Array | undefined {
    const count = Number(length);
    if (!(count > 0)) return undefined;
    return this.#transfer("jshI2CRead", address, count).read(count);
  }

  #transfer(caller: string, address: unknown, length: number): I2cChip {
    if (this.#bitrate === 0) throw new Error("I2C1 not initialised");
    const wanted =
      typeof address === "object" && address !== null ? (address as { address: unknown }).address : address;
    const chip = this.#chips.get(Number(wanted));
    if (chip === undefined) throw new Error(`${caller}: I2C I/O error`);
    if (((length + 1) * BITS_A_BYTE * 1000) / this.#bitrate > TIMEOUT) throw new Error(`${caller}: timeout`);
    return chip;
  }
}
