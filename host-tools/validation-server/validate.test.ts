import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { ClockError, type Judging } from "./judging.ts";
import type { IssuedToken } from "./testing/issued-token.ts";
import { type Laboratory, openLaboratory } from "./testing/laboratory.ts";
import { validate } from "./validate.ts";
import { createVault } from "./vault.ts";

let lab: Laboratory;
beforeEach(async () => {
  lab = await openLaboratory();
});
afterEach(() => lab.close());

const submit = (token: IssuedToken, code: string) => validate(lab.judging, { serial: token.enrolment.serial }, code);
const state = async (token: IssuedToken) =>
  (await lab.judging.store.credential("default", { serial: token.enrolment.serial }, "time-code"))!;

/** A code that no step of the window has. */
function wrongCode(token: IssuedToken, salt = 0): string {
  const right = new Set([-3, -2, -1, 0, 1, 2].map((offset) => token.timeCode(lab.step + offset)));
  for (let n = salt; ; n++) {
    const code = String(n * 7919).padStart(8, "0");
    if (!right.has(code)) return code;
  }
}

describe("a time code", () => {
  it("is accepted once", async () => {
    const token = await lab.token();
    const code = token.timeCode(lab.step);
    expect(await submit(token, code)).toMatchObject({ accepted: true });
    expect(await submit(token, code)).toMatchObject({ accepted: false, reason: "used" });
  });

  it("of the step after or of the two steps before is accepted, others are not", async () => {
    for (const [offset, accepted] of [
      [-3, false],
      [-2, true],
      [-1, true],
      [0, true],
      [1, true],
      [2, false],
    ] as const) {
      const token = await lab.token();
      expect((await submit(token, token.timeCode(lab.step + offset))).accepted, `${offset}`).toBe(accepted);
    }
  });

  it("is refused after a later one was accepted", async () => {
    const token = await lab.token();
    await submit(token, token.timeCode(lab.step));
    expect(await submit(token, token.timeCode(lab.step - 1))).toMatchObject({ accepted: false, reason: "used" });
  });

  it("of one token is worth nothing for another, and an unknown holder is refused", async () => {
    const [mine, yours] = [await lab.token(), await lab.token()];
    expect(await submit(yours, mine.timeCode(lab.step))).toMatchObject({ accepted: false, reason: "wrong" });
    expect(await validate(lab.judging, { customer: "nobody" }, "12345678")).toMatchObject({ reason: "unknown" });
    expect(await validate(lab.judging, { serial: "NONE" }, "12345678")).toMatchObject({ reason: "unknown", strays: 2 });
  });

  it("sent fifty times at once is accepted once, and fifty more times locks nobody out", async () => {
    const token = await lab.token();
    const fifty = () => Promise.all(Array.from({ length: 50 }, () => submit(token, token.timeCode(lab.step))));
    expect((await fifty()).filter((verdict) => verdict.accepted)).toHaveLength(1);
    expect((await fifty()).filter((verdict) => verdict.accepted)).toHaveLength(0);
    expect(await state(token)).toMatchObject({ failures: 0, lockedAt: null });
    lab.now += 30_000;
    expect(await submit(token, token.timeCode(lab.step))).toMatchObject({ accepted: true });
  });

  it("is found by a token whose clock drifts by a step a month, for a year", async () => {
    const token = await lab.token();
    for (let month = 1; month <= 12; month++) {
      lab.now += 30 * 86_400_000;
      expect((await submit(token, token.timeCode(lab.step + month))).accepted).toBe(true);
    }
    expect((await state(token)).drift).toBe(12);
  });
});

describe("ten wrong codes", () => {
  it("lock the token against the right one too, until it is unlocked", async () => {
    const token = await lab.token();
    for (let i = 0; i < 10; i++) expect(await submit(token, wrongCode(token))).toMatchObject({ reason: "wrong" });
    const right = token.timeCode(lab.step);
    expect(await submit(token, right)).toMatchObject({ accepted: false, reason: "locked" });
    await lab.judging.store.unlock("default", token.enrolment.serial);
    expect(await submit(token, right)).toMatchObject({ accepted: true });
  });

  it("are no more when they come at once: of five hundred guesses ten are compared", async () => {
    const token = await lab.token();
    const verdicts = await Promise.all(Array.from({ length: 500 }, (_, i) => submit(token, wrongCode(token, i))));
    expect(verdicts.filter((verdict) => verdict.reason === "wrong")).toHaveLength(10);
    expect(verdicts.filter((verdict) => verdict.reason === "locked")).toHaveLength(490);
  });

  it("are five under a policy of five", async () => {
    await lab.close();
    lab = await openLaboratory({ maxFailures: 5 });
    const token = await lab.token();
    for (let i = 0; i < 5; i++) await submit(token, wrongCode(token));
    expect(await submit(token, token.timeCode(lab.step))).toMatchObject({ reason: "locked" });
  });

  it("are forgotten by a right one, and not by a used one", async () => {
    const token = await lab.token();
    const code = token.timeCode(lab.step);
    await submit(token, code);
    for (let i = 0; i < 9; i++) await submit(token, wrongCode(token));
    expect(await submit(token, code)).toMatchObject({ reason: "used" });
    expect((await state(token)).failures).toBe(9);
    lab.now += 30_000;
    await submit(token, token.timeCode(lab.step));
    expect((await state(token)).failures).toBe(0);
  });
});

describe("a clock that went back", () => {
  it("judges nothing and counts against nobody", async () => {
    const token = await lab.token();
    const now = lab.now;
    lab.now = Date.UTC(1970, 0, 1, 1);
    await expect(submit(token, "00000000")).rejects.toBeInstanceOf(ClockError);
    lab.now = now - 5_000;
    expect((await submit(token, token.timeCode(lab.step))).accepted).toBe(true);
    expect((await state(token)).failures).toBe(0);
  });
});

describe("a server that can't judge locks nobody", () => {
  const locksNobody = async (changes: Partial<Judging>) => {
    const token = await lab.token();
    const { serial } = token.enrolment;
    const astray = { ...lab.judging, ...changes };
    for (let i = 0; i < 10; i++) await expect(validate(astray, { serial }, token.timeCode(lab.step))).rejects.toThrow();
    expect((await state(token)).failures).toBe(0);
    expect((await submit(token, token.timeCode(lab.step))).accepted).toBe(true);
  };

  it("with another storage key", () => locksNobody({ vault: createVault(randomBytes(32)) }));

  it("with a policy that has no window for the token's period", () =>
    locksNobody({ policy: { ...lab.judging.policy, windows: { 60: { back: 1, forward: 0 } } } }));
});

/** What the rules say, in the simplest words: one customer, one token, no clock error. */
class Model {
  lastStep = -1;
  failures = 0;
  submit(kind: "right" | "wrong", codeStep: number, now: number): boolean {
    if (this.failures >= 10) return false;
    if (kind === "wrong" || codeStep < now - 2 || codeStep > now + 1) {
      this.failures++;
      return false;
    }
    if (codeStep <= this.lastStep) return false;
    this.lastStep = codeStep;
    this.failures = 0;
    return true;
  }
}

type Act =
  | { act: "submit"; offset: number }
  | { act: "wrong" }
  | { act: "repeat" }
  | { act: "wait"; ms: number }
  | { act: "unlock" };

const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: -4, max: 0 }).map((offset) => ({ act: "submit" as const, offset })) },
    { weight: 5, arbitrary: fc.constant({ act: "wrong" as const }) },
    { weight: 2, arbitrary: fc.constant({ act: "repeat" as const }) },
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 90_000 }).map((ms) => ({ act: "wait" as const, ms })) },
    { weight: 1, arbitrary: fc.constant({ act: "unlock" as const }) },
  ),
  { maxLength: 60 },
);

describe("any history of one token", () => {
  it("goes as the rules say", async () => {
    await fc.assert(
      fc.asyncProperty(acts, async (history) => {
        const token = await lab.token();
        const model = new Model();
        let last: number | undefined;
        for (const act of history) {
          if (act.act === "wait") lab.now += act.ms;
          else if (act.act === "unlock") {
            await lab.judging.store.unlock("default", token.enrolment.serial);
            model.failures = 0;
          } else if (act.act === "wrong")
            expect((await submit(token, wrongCode(token))).accepted).toBe(model.submit("wrong", 0, lab.step));
          else {
            const step = act.act === "repeat" ? last : lab.step + act.offset;
            if (step === undefined) continue;
            last = step;
            const { accepted } = await submit(token, token.timeCode(step));
            expect(accepted).toBe(model.submit("right", step, lab.step));
          }
          expect(await state(token)).toMatchObject({ failures: model.failures, lastStep: model.lastStep, drift: 0 });
        }
      }),
      { numRuns: runs(40) },
    );
  });

  it("keeps its promises when everything comes at once", async () => {
    const codes = fc.array(fc.oneof(fc.integer({ min: -3, max: 1 }), fc.constant("wrong" as const)), {
      minLength: 2,
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(codes, async (offsets) => {
        const token = await lab.token();
        const verdicts = await Promise.all(
          offsets.map(async (offset, i) => {
            const code = offset === "wrong" ? wrongCode(token, i) : token.timeCode(lab.step + offset);
            return { offset, ...(await submit(token, code)) };
          }),
        );
        const accepted = verdicts.filter((verdict) => verdict.accepted).map((verdict) => verdict.offset);
        expect(new Set(accepted).size).toBe(accepted.length);
        expect(accepted.every((offset) => typeof offset === "number" && offset >= -2)).toBe(true);
        const { failures, lastStep } = await state(token);
        const latest = Math.max(-1, ...accepted.map((offset) => lab.step + Number(offset)));
        expect(lastStep).toBe(latest);
        const wrong = verdicts.filter((verdict) => verdict.reason === "wrong").length;
        expect(failures).toBeLessThanOrEqual(Math.min(10, wrong));
        if (accepted.length === 0) expect(failures).toBe(wrong);
      }),
      { numRuns: runs(60) },
    );
  });
});
