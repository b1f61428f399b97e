/**
 * Seeded pseudo-random numbers (Mulberry32), so that a run can be repeated to the byte. For tests and demonstrations only: whoever
 * knows the seed knows every number, so no key that matters may come from an emulated token.
 */
export class Random {
  #state: number;

  /** Equal `seed` and `stream` give equal sequences. Streams keep the users of one seed apart from each other. */
  constructor(seed: number, stream: number) {
    this.#state = (seed ^ Math.imul(stream, 0x9e3779b9)) | 0;
  }

  /** What the numbers to come follow from, for taking a sequence up again where it was. */
  get state(): number {
    return this.#state;
  }

  set state(state: number) {
    this.#state = state | 0;
  }

  /** 32 bits, as an unsigned number. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let z = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return (z ^ (z >>> 14)) >>> 0;
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + (this.next() % (high - low + 1));
  }

  /** True with a probability from 0 to 1. */
  chance(probability: number): boolean {
    return this.next() < probability * 2 ** 32;
  }
}
