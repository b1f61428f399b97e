/** The memory that a routine of firmware/native/ works on, and how it is called. */
import { copyBytes } from "../../protocol/copy-bytes.ts";

/** A routine of firmware/native/: the work area's address, and what its source says of the other three. */
export type Routine = (work: number, operation: number, length: number, rounds: number) => number;

// struct work of firmware/native/work.h.
export const WORK_STATES = 64;
export const STATES_LENGTH = 128;
export const WORK_KEY = 384;
export const WORK_INPUT = 516;
export const WORK_LENGTH = 776;
/** Bytes of a message that one call takes. */
export const PART = 256;
/**
 * What the routines work on. An array of this length lies in one piece or has no address. One in a piece stays so, but the interpreter may
 * move it when it makes room (`E.defrag`, `E.toFlatString`): where it lies is asked before each call.
 */
export class WorkArea {
  readonly bytes = new Uint8Array(WORK_LENGTH);
  private readonly zero = new Uint8Array(64);

  /** The result of a call, which is overwritten here. */
  take(at: number, length: number): Uint8Array {
    const result = copyBytes(this.bytes, at, at + length);
    for (const end = at + length; at < end; at += 64)
      this.bytes.set(at + 64 > end ? this.zero.subarray(0, end - at) : this.zero, at);
    return result;
  }
}
