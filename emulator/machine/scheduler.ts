/**
 * Virtual time. It moves only when it is told to, and then from one event to the next: an hour without events costs nothing.
 *
 * Times are whole microseconds since the machine was made, as Espruino counts them.
 */

/** Something that the world outside the microcontroller does at a time of its own: it goes on while the power is off. */
interface Alarm {
  due: number;
  call: () => void;
}

/** What the microcontroller does when it wakes: its timers, and what interrupts left for the main loop. */
export interface MainLoop {
  /** Runs the oldest thing that an interrupt left behind. False when there is none. */
  runEvent(): boolean;
  /** When the next timer is due, or Infinity. */
  nextDue(): number;
  /** Runs the timer that `nextDue` spoke of. */
  runTimer(): void;
}

/** More callbacks than any firmware runs at one instant: two of them keep waking each other. */
const MOST_AT_ONCE = 100_000;

/** The firmware does not come to rest at this instant, so time does not go on. */
export class Restless extends Error {
  override name = "Restless";
}

const never = () => false;

export class Scheduler {
  /** Microseconds since the machine was made. */
  now = 0;
  /** Callbacks so far, of the firmware and of the world. */
  work = 0;
  readonly #alarms: Alarm[] = [];
  #atThisInstant = 0;

  /** Calls `call` at `due`, whether the power is on or not. */
  at(due: number, call: () => void): void {
    let place = this.#alarms.length;
    while (place > 0 && this.#alarms[place - 1].due > due) place--;
    this.#alarms.splice(place, 0, { due, call });
  }

  /** True when the world outside has nothing more to do by itself. */
  get quiet(): boolean {
    return this.#alarms.length === 0;
  }

  /** When the next thing happens by itself, or Infinity. */
  nextDue(loop: MainLoop): number {
    return Math.min(this.#alarms.length > 0 ? this.#alarms[0].due : Number.POSITIVE_INFINITY, loop.nextDue());
  }

  /**
   * Runs everything that is due up to `until`, and leaves the time there.
   * @param over asked after each callback: true leaves the rest to a further call
   * @returns false where `over` left something
   * @throws whatever a callback threw, or Restless: the time then stands at that instant, and a further call goes on behind it.
   */
  runUntil(until: number, loop: MainLoop, over: () => boolean = never): boolean {
    for (;;) {
      while (this.#runEvent(loop)) if (over()) return false;
      const due = this.nextDue(loop);
      if (due > until) break;
      this.#moveTo(due);
      this.#countCallback();
      // What the world does comes first: a key that goes down at this instant is down for the timer that looks.
      if (this.#alarms.length > 0 && this.#alarms[0].due <= due) this.#alarms.shift()!.call();
      else loop.runTimer();
      if (over()) return false;
    }
    this.#moveTo(until);
    return true;
  }

  /** Counts an event that throws, too: it may have left the next one behind. */
  #runEvent(loop: MainLoop): boolean {
    let ran = true;
    try {
      ran = loop.runEvent();
    } finally {
      if (ran) this.#countCallback();
    }
    return ran;
  }

  #moveTo(time: number): void {
    if (time <= this.now) return;
    this.now = time;
    this.#atThisInstant = 0;
  }

  #countCallback(): void {
    this.work++;
    if (++this.#atThisInstant <= MOST_AT_ONCE) return;
    this.#atThisInstant = 0;
    throw new Restless(`the firmware does not come to rest: ${MOST_AT_ONCE} callbacks at ${this.now / 1000} ms`);
  }
}
