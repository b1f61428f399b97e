/** A passive piezo on a pin: it sounds what the pin's PWM gives it, and a test can hear what it was. */

export interface Tone {
  /** Milliseconds of machine time when it began. */
  at: number;
  hertz: number;
  /** How long it sounded, in milliseconds; undefined while it does. */
  ms: number | undefined;
}

/** More tones than that are more of the same. */
const MOST_TONES = 10_000;

export class Buzzer {
  /** In the order in which they began, the first ten thousand. */
  readonly tones: Tone[] = [];
  /** Told of each change; 0 is silence. */
  onTone: (hertz: number) => void = () => {};
  readonly #time: () => number;
  #sounding: Tone | undefined;

  /** @param time in milliseconds */
  constructor(time: () => number) {
    this.#time = time;
  }

  /** What it sounds now; 0 is silence. */
  get hertz(): number {
    return this.#sounding?.hertz ?? 0;
  }

  /** The pin drives it at another frequency; 0 for a level that stays. */
  drive(hertz: number): void {
    if (hertz === this.hertz) return;
    const now = this.#time();
    if (this.#sounding !== undefined) this.#sounding.ms = now - this.#sounding.at;
    this.#sounding = hertz === 0 ? undefined : { at: now, hertz, ms: undefined };
    if (this.#sounding !== undefined && this.tones.length < MOST_TONES) this.tones.push(this.#sounding);
    this.onTone(hertz);
  }
}
