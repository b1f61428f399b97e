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
const RESTLESS = 100_000;

export class Scheduler {
  /** Microseconds since the machine was made. */
  now = 0;
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
   * @throws whatever a callback threw: the time then stands at that instant, and a further call goes on behind it.
   */
  runUntil(until: number, loop: MainLoop): void {
    for (;;) {
      while (loop.runEvent()) this.#countCallback();
      const due = this.nextDue(loop);
      if (due > until) break;
      this.#moveTo(due);
      this.#countCallback();
      // What the world does comes first: a key that goes down at this instant is down for the timer that looks.
      if (this.#alarms.length > 0 && this.#alarms[0].due <= due) this.#alarms.shift()!.call();
      else loop.runTimer();
    }
    this.#moveTo(until);
  }

  #moveTo(time: number): void {
    if (time <= this.now) return;
    this.now = time;
    this.#atThisInstant = 0;
  }

  #countCallback(): void {
    if (++this.#atThisInstant <= RESTLESS) return;
    this.#atThisInstant = 0;
    throw new Error(`the firmware does not come to rest: ${RESTLESS} callbacks at ${this.now / 1000} ms`);
  }
}
