/**
 * Digits as they are typed: by keys of their own, or, on a board without them, chosen with UP and DOWN and taken with OK. They may be a
 * PIN, so they stand in an array that is overwritten.
 */
import type { Wire } from "../../protocol/primitives.ts";
import type { Key } from "../hal/board.ts";

const ZERO = 0x30;

/** Digits in groups of four from the left. */
export function inFours(digits: string): string {
  let text = digits.substr(0, 4);
  for (let at = 4; at < digits.length; at += 4) text += " " + digits.substr(at, 4);
  return text;
}

export class DigitEntry {
  /** ASCII. */
  readonly digits: Uint8Array;
  length = 0;
  /** How many may be typed. */
  limit: number;
  /** The digit that UP and DOWN have come to, and that OK would take; -1 when there is none. */
  private choice = -1;

  /** @param capacity the largest `limit` */
  constructor(capacity: number) {
    this.digits = new Uint8Array(capacity);
    this.limit = capacity;
  }

  /** Starts anew. */
  begin(limit: number): void {
    this.digits.fill(0);
    this.length = 0;
    this.choice = -1;
    this.limit = limit;
  }

  /** True when the key was for this entry and changed what it shows. An OK while no digit is being chosen, and a CLEAR of nothing, are not. */
  key(key: Key): boolean {
    if (key.length === 1) {
      this.choice = -1;
      return this.take(key.charCodeAt(0) - ZERO);
    }
    if (key === "UP" || key === "DOWN") {
      if (this.length >= this.limit) return false;
      if (this.choice < 0) this.choice = key === "UP" ? 0 : 9;
      else this.choice = (this.choice + (key === "UP" ? 1 : 9)) % 10;
      return true;
    }
    if (key === "OK" && this.choice >= 0) {
      const chosen = this.choice;
      this.choice = -1;
      return this.take(chosen);
    }
    if (key === "CLEAR" && (this.choice >= 0 || this.length > 0)) {
      if (this.choice >= 0) this.choice = -1;
      else this.digits[--this.length] = 0;
      return true;
    }
    return false;
  }

  /** True while UP and DOWN have come to a digit that OK would take. */
  choosing(): boolean {
    return this.choice >= 0;
  }

  /** A copy of the digits. The caller overwrites it when it is secret. */
  copy(): Uint8Array {
    return new Uint8Array(this.digits.subarray(0, this.length));
  }

  /** The digits as text: for what is no secret. */
  text(wire: Wire): string {
    return wire.toLatin1(this.digits.subarray(0, this.length));
  }

  /** What is still to come until there are `count`: the digit that is being chosen, then lines. */
  places(count: number): string {
    const left = Math.max(count - this.length, this.choice < 0 ? 0 : 1);
    const lines = "____________________".substr(0, left);
    return this.choice < 0 ? lines : this.choice + lines.substr(1);
  }

  /** Both of them in groups of four: for what is no secret. */
  groups(wire: Wire, count: number): string {
    return inFours(this.text(wire) + this.places(count));
  }

  private take(digit: number): boolean {
    if (this.length >= this.limit) return false;
    this.digits[this.length++] = ZERO + digit;
    return true;
  }
}
