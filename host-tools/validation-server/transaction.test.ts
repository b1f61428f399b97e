import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { checkChallenge } from "../../protocol/otp/challenge.ts";
import { runs } from "../../test/fuzz/runs.ts";
import type { NewTransaction } from "./store/store.ts";
import type { IssuedToken } from "./testing/issued-token.ts";
import { type Laboratory, openLaboratory } from "./testing/laboratory.ts";
import { ChallengesUsedUpError, confirmTransaction, openTransaction } from "./transaction.ts";
import { createVault } from "./vault.ts";

let lab: Laboratory;
beforeEach(async () => {
  lab = await openLaboratory();
});
afterEach(() => lab.close());

const order = {
  payeeAccount: "0071001234567",
  payeeName: "Trần Thị Bưởi",
  amount: "2500000",
  currency: "VND",
  reference: null,
};

async function open(token: IssuedToken, changes: Partial<typeof order> = {}): Promise<NewTransaction> {
  const opened = await openTransaction(lab.judging, { serial: token.enrolment.serial }, { ...order, ...changes });
  expect(opened).toBeDefined();
  return opened!;
}
const confirm = async (transaction: { id: string }, code: string) =>
  (await confirmTransaction(lab.judging, transaction.id, code))!;
const failures = async (token: IssuedToken) =>
  (await lab.judging.store.credential("default", { serial: token.enrolment.serial }, "challenge"))!.failures;
const wrongFor = (token: IssuedToken, { challenge }: NewTransaction) => {
  const right = [-2, -1, 0, 1].map((offset) => token.answer(challenge, lab.step + offset));
  return ["00000000", "11111111", "22222222", "33333333", "44444444"].find((code) => !right.includes(code))!;
};

describe("the challenge of a transaction", () => {
  it("begins with the last four digits of the payee's account and is one that the token takes", async () => {
    const token = await lab.token();
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[0-9]{4,34}$/), async (payeeAccount) => {
        const { challenge } = await open(token, { payeeAccount });
        expect(challenge.slice(0, 4)).toBe(payeeAccount.slice(-4));
        expect(() => checkChallenge(challenge)).not.toThrow();
      }),
      { numRuns: runs(100) },
    );
  });

  it("is never the same twice for one token", async () => {
    const token = await lab.token();
    const all = await Promise.all(Array.from({ length: 300 }, () => open(token)));
    expect(new Set(all.map(({ challenge }) => challenge)).size).toBe(300);
  });

  it("ends in an error, not in a repetition, when there is none left", async () => {
    const token = await lab.token();
    vi.spyOn(lab.judging.store, "openTransaction").mockResolvedValue(false);
    const opening = openTransaction(lab.judging, { serial: token.enrolment.serial }, order);
    await expect(opening).rejects.toBeInstanceOf(ChallengesUsedUpError);
  });
});

describe("an answer", () => {
  it("confirms its transaction, once", async () => {
    const token = await lab.token();
    const transaction = await open(token);
    const code = token.answer(transaction.challenge, lab.step);
    expect(await confirm(transaction, code)).toMatchObject({ accepted: true });
    expect(await confirm(transaction, code)).toMatchObject({ accepted: false, reason: "closed" });
    expect(await failures(token)).toBe(0);
  });

  it("does not confirm another transaction, nor that of another token", async () => {
    const [mine, yours] = [await lab.token(), await lab.token()];
    const [a, b, c] = [await open(mine), await open(mine), await open(yours)];
    const code = mine.answer(a.challenge, lab.step);
    for (const other of [b, c]) expect(await confirm(other, code)).toMatchObject({ accepted: false, reason: "wrong" });
    expect(await confirm(a, code)).toMatchObject({ accepted: true });
  });

  it("confirms two transactions of one token in one step, each with its own", async () => {
    const token = await lab.token();
    for (const transaction of [await open(token), await open(token)])
      expect((await confirm(transaction, token.answer(transaction.challenge, lab.step))).accepted).toBe(true);
  });

  it("that comes when the transaction has expired is refused", async () => {
    const token = await lab.token();
    const [late, inTime] = [await open(token), await open(token)];
    lab.now += 119_999;
    expect((await confirm(inTime, token.answer(inTime.challenge, lab.step))).accepted).toBe(true);
    lab.now += 1;
    expect(await confirm(late, token.answer(late.challenge, lab.step))).toMatchObject({ reason: "closed" });
  });

  it("that is right, but judged when the transaction has just expired, costs no try of the token", async () => {
    const token = await lab.token();
    const transaction = await open(token);
    const code = token.answer(transaction.challenge, lab.step + 2);
    lab.now += 119_999;
    const { store } = lab.judging;
    vi.spyOn(store, "countTry").mockImplementationOnce(async (...args) => {
      const counted = await Object.getPrototypeOf(store).countTry.apply(store, args);
      lab.now += 1;
      return counted;
    });
    expect(await confirm(transaction, code)).toMatchObject({ accepted: false, reason: "closed" });
    expect(await failures(token)).toBe(0);
  });

  it("of a step outside of the window is refused", async () => {
    for (const [offset, accepted] of [
      [-3, false],
      [-2, true],
      [1, true],
      [2, false],
    ] as const) {
      const token = await lab.token();
      const transaction = await open(token);
      const code = token.answer(transaction.challenge, lab.step + offset);
      expect((await confirm(transaction, code)).accepted, `${offset}`).toBe(accepted);
    }
  });

  it("sent fifty times at once confirms once and locks nobody out", async () => {
    const token = await lab.token();
    const transaction = await open(token);
    const code = token.answer(transaction.challenge, lab.step);
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => confirm(transaction, code)));
    expect(verdicts.filter((verdict) => verdict.accepted)).toHaveLength(1);
    expect(await failures(token)).toBe(0);
  });

  it("to a transaction nobody opened is no verdict at all", async () => {
    expect(await confirmTransaction(lab.judging, "00000000-0000-0000-0000-000000000000", "12345678")).toBeUndefined();
  });
});

describe("wrong answers", () => {
  it("use up a transaction after five, and the token's limit with it", async () => {
    const token = await lab.token();
    const first = await open(token);
    for (let i = 0; i < 5; i++) expect(await confirm(first, wrongFor(token, first))).toMatchObject({ reason: "wrong" });
    expect(await confirm(first, token.answer(first.challenge, lab.step))).toMatchObject({ reason: "closed" });
    expect(await failures(token)).toBe(5);

    const second = await open(token);
    for (let i = 0; i < 5; i++) await confirm(second, wrongFor(token, second));
    const third = await open(token);
    expect(await confirm(third, token.answer(third.challenge, lab.step))).toMatchObject({ reason: "locked" });
  });

  it("are five compared ones when a hundred come at once", async () => {
    const token = await lab.token();
    const transaction = await open(token);
    const code = wrongFor(token, transaction);
    const verdicts = await Promise.all(Array.from({ length: 100 }, () => confirm(transaction, code)));
    expect(verdicts.filter((verdict) => verdict.reason === "wrong")).toHaveLength(5);
  });

  it("to the challenge don't lock the time codes", async () => {
    const token = await lab.token();
    for (let i = 0; i < 2; i++) {
      const transaction = await open(token);
      for (let j = 0; j < 5; j++) await confirm(transaction, wrongFor(token, transaction));
    }
    const login = await lab.judging.store.credential("default", { serial: token.enrolment.serial }, "time-code");
    expect(login).toMatchObject({ failures: 0, lockedAt: null });
  });
});

describe("a server that can't judge", () => {
  it("with another storage key or without the window, counts no answer against anybody", async () => {
    const token = await lab.token();
    const transaction = await open(token);
    const code = token.answer(transaction.challenge, lab.step);
    for (const changes of [
      { vault: createVault(randomBytes(32)) },
      { policy: { ...lab.judging.policy, windows: { 60: { back: 1, forward: 0 } } } },
    ])
      for (let i = 0; i < 5; i++)
        await expect(confirmTransaction({ ...lab.judging, ...changes }, transaction.id, code)).rejects.toThrow();
    expect(await failures(token)).toBe(0);
    expect(await confirm(transaction, code)).toMatchObject({ accepted: true });
  });
});

describe("a token that was enrolled anew", () => {
  it("confirms nothing that was opened before", async () => {
    const token = await lab.token();
    const transaction = await open(token);
    const again = await lab.token(token.enrolment.serial);
    for (const each of [token, again])
      expect(await confirm(transaction, each.answer(transaction.challenge, lab.step))).toMatchObject({
        accepted: false,
      });
  });
});
