import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { forgetDrift } from "./forget-drift.ts";
import { ClockError } from "./judging.ts";
import type { IssuedToken } from "./testing/issued-token.ts";
import { type Laboratory, openLaboratory } from "./testing/laboratory.ts";
import { validate } from "./validate.ts";

let lab: Laboratory;
beforeEach(async () => {
  lab = await openLaboratory();
});
afterEach(() => lab.close());

const submit = async (token: IssuedToken, step: number) =>
  (await validate(lab.judging, { serial: token.enrolment.serial }, token.timeCode(step))).accepted;
const state = async (token: IssuedToken) =>
  (await lab.judging.store.credential("default", { serial: token.enrolment.serial }, "time-code"))!;

/** A token whose clock has come to run so many steps ahead, and whose every code was used. */
async function tokenAhead(steps: number): Promise<IssuedToken> {
  const token = await lab.token();
  for (let ahead = 0; ahead < steps; ahead++) {
    lab.now += 30_000;
    expect(await submit(token, lab.step + ahead + 1)).toBe(true);
  }
  expect((await state(token)).drift).toBe(steps);
  return token;
}

describe("when the drift is forgotten, because the token's clock was set", () => {
  it("a code that expired stays expired, and one that was seen on the token lives no longer than two minutes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 120, max: 1500 }),
        async (ahead, forgottenAfter, triedAfter) => {
          fc.pre(triedAfter > forgottenAfter);
          const token = await tokenAhead(ahead);
          lab.now += 30_000;
          const shown = lab.now;
          const step = lab.step + ahead;
          lab.now = shown + forgottenAfter * 1000;
          await forgetDrift(lab.judging, token.enrolment.serial);
          lab.now = shown + triedAfter * 1000;
          expect(await submit(token, step)).toBe(false);
        },
      ),
      { numRuns: runs(30) },
    );
  });

  it("a token that ran ahead is refused until time has caught up, and accepted from then on", async () => {
    const token = await tokenAhead(20);
    const reached = lab.step + 20 + 1;
    await forgetDrift(lab.judging, token.enrolment.serial);
    for (; lab.step <= reached; lab.now += 30_000) expect(await submit(token, lab.step)).toBe(false);
    expect(await submit(token, lab.step)).toBe(true);
    expect(await state(token)).toMatchObject({ drift: 0, failures: 0 });
  });

  it("a token that was right or behind is accepted at once", async () => {
    const right = await lab.token();
    await forgetDrift(lab.judging, right.enrolment.serial);
    expect(await submit(right, lab.step)).toBe(true);
    const behind = await lab.token();
    await lab.judging.store.accept(await state(behind), { step: lab.step - 12, drift: -10, driftAt: lab.now });
    await forgetDrift(lab.judging, behind.enrolment.serial);
    expect(await submit(behind, lab.step)).toBe(true);
  });

  it("nothing that was used is good again, whatever was accepted before", async () => {
    const token = await tokenAhead(3);
    const before = (await state(token)).lastStep;
    await forgetDrift(lab.judging, token.enrolment.serial);
    await forgetDrift(lab.judging, token.enrolment.serial);
    expect((await state(token)).lastStep).toBe(before + 1);
  });

  it("an unknown token is none, and a clock that went back changes nothing", async () => {
    expect(await forgetDrift(lab.judging, "NONE")).toBe(false);
    const token = await tokenAhead(3);
    lab.now -= 3_600_000;
    await expect(forgetDrift(lab.judging, token.enrolment.serial)).rejects.toBeInstanceOf(ClockError);
    expect((await state(token)).drift).toBe(3);
  });
});
