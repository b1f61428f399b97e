import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { learnDrift } from "./drift.ts";

const window = { back: 2, forward: 1 };
const DAY = 86_400_000;

/** A customer of a token that is `trueOffset(day)` steps ahead types `delay(day)` steps late; returns the refused days. */
function live(days: number, trueOffset: (day: number) => number, delay: (day: number) => number) {
  let drift = { steps: 0, at: 0 };
  const refused: number[] = [];
  for (let day = 0; day < days; day++) {
    const seen = Math.floor(trueOffset(day)) - delay(day);
    if (seen < drift.steps - window.back || seen > drift.steps + window.forward) refused.push(day);
    else drift = learnDrift(drift, seen, day * DAY, 30, window);
  }
  return { refused, drift: drift.steps };
}

describe("drift", () => {
  it("follows a crystal that gains two seconds a day up to ten minutes, and nobody is refused", () => {
    const { refused, drift } = live(
      301,
      (day) => day / 15,
      (day) => day % 2,
    );
    expect(refused).toEqual([]);
    expect(drift).toBe(20);
  });

  it("follows a crystal that loses two seconds a day, and nobody is refused", () => {
    const { refused, drift } = live(
      290,
      (day) => -day / 15,
      () => 0,
    );
    expect(refused).toEqual([]);
    expect(drift).toBeLessThanOrEqual(-18);
  });

  it("never shuts out a customer who types at once because the customer often types late", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 400 }), (delays) => {
        const { refused } = live(
          delays.length + 1,
          () => 0,
          (day) => delays[day] ?? 0,
        );
        expect(refused).toEqual([]);
      }),
    );
  });

  it("moves by no more than one code's evidence, and never beyond ten minutes", () => {
    const step = fc.integer({ min: -20, max: 20 });
    fc.assert(
      fc.property(step, fc.integer({ min: -2, max: 1 }), fc.nat(400), (before, offset, days) => {
        const { steps } = learnDrift({ steps: before, at: 0 }, before + offset, days * DAY, 30, window);
        expect(Math.abs(steps)).toBeLessThanOrEqual(20);
        expect(Math.abs(steps - before)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("believes nothing slower than a crystal: late codes of one week teach nothing", () => {
    const drift = { steps: 0, at: 0 };
    expect(learnDrift(drift, -2, 7 * DAY, 30, window)).toEqual(drift);
    expect(learnDrift(drift, -2, 16 * DAY, 30, window)).toEqual({ steps: -1, at: 16 * DAY });
  });

  it("stays where it is when the window has no step forward to find the customer again", () => {
    expect(learnDrift({ steps: 0, at: 0 }, -1, 400 * DAY, 60, { back: 1, forward: 0 }).steps).toBe(0);
  });
});
