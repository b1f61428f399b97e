/**
 * The token's buzzer, through the loudspeaker: a square wave, as a pin gives it to a piezo. Tones come with the engine's time and are
 * heard in their own: what comes at once, because time leapt, is heard one after the other.
 */
import type { Sound } from "../engine.ts";

/** Of a loudspeaker: a square wave is loud. */
const LOUD = 0.06;
/** In a virtual machine a key's click takes no time, and would not be heard: seconds that a tone sounds at least. */
const SHORTEST = 0.03;
/** Seconds of silence that are waited for, where time leapt over more. */
const LONGEST_GAP = 2;
/** Seconds that may be left to be heard: of more, what is old is of no interest. */
const MOST_BEHIND = 30;

export class Speaker {
  #muted: boolean;
  #context: AudioContext | undefined;
  #tone: { oscillator: OscillatorNode; gain: GainNode } | undefined;
  /** The last change: on the engine's clock, and in seconds on the loudspeaker's. */
  #last: { hertz: number; timeMs?: number; at: number } = { hertz: 0, at: 0 };

  constructor(muted: boolean) {
    this.#muted = muted;
  }

  get muted(): boolean {
    return this.#muted;
  }

  set muted(muted: boolean) {
    this.#muted = muted;
    if (muted) this.#hush();
  }

  /** Before the visitor has done anything on the page, no browser lets it sound: then nothing is heard. */
  play(sound: Sound): void {
    if (this.#muted || navigator.userActivation?.hasBeenActive === false) return;
    try {
      this.#play(sound);
    } catch {
      // This browser has no sound, or this computer: the page shows that the token has.
    }
  }

  close(): void {
    void this.#context?.close();
    this.#context = undefined;
    this.#tone = undefined;
  }

  #play({ hertz, timeMs }: Sound): void {
    this.#context ??= new AudioContext();
    if (this.#context.state === "suspended") void this.#context.resume();
    this.#tone ??= begin(this.#context);
    const { oscillator, gain } = this.#tone;
    const now = this.#context.currentTime;
    if (this.#last.at > now + MOST_BEHIND) this.#hush();
    const { hertz: sounding, timeMs: then = timeMs, at: changed } = this.#last;
    const since = Math.min((timeMs - then) / 1000, LONGEST_GAP);
    const at = Math.max(now, changed + Math.max(since, sounding > 0 ? SHORTEST : 0));
    if (hertz > 0) oscillator.frequency.setValueAtTime(hertz, at);
    gain.gain.setValueAtTime(hertz > 0 ? LOUD : 0, at);
    this.#last = { hertz, timeMs, at };
  }

  /** Nothing more of what was to be heard. */
  #hush(): void {
    const now = this.#context?.currentTime ?? 0;
    this.#tone?.gain.gain.cancelScheduledValues(now);
    this.#tone?.gain.gain.setValueAtTime(0, now);
    this.#last = { ...this.#last, hertz: 0, at: now };
  }
}

function begin(context: AudioContext): { oscillator: OscillatorNode; gain: GainNode } {
  const oscillator = new OscillatorNode(context, { type: "square" });
  const gain = new GainNode(context, { gain: 0 });
  oscillator.connect(gain).connect(context.destination);
  oscillator.start();
  return { oscillator, gain };
}
