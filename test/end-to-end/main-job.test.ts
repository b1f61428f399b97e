import { afterAll, beforeAll, expect, test } from "vitest";
import { sentences } from "../../demo/sentences.ts";
import { tellStory } from "../../demo/story.ts";
import { answerChallenge, type Bank, openBank, PIN, readTimeCode } from "./bank.ts";

let bank: Bank;
beforeAll(async () => {
  bank = await openBank();
});
afterAll(() => bank.close());

test.each(["en", "vi"] as const)("the whole story is told, in %s", async (language) => {
  const told: string[] = [];
  const pictures: string[] = [];
  const { close } = await tellStory({
    language,
    serial: `OC-STORY-${language.toUpperCase()}`,
    tell: (sentence) => told.push(sentence),
    show: (picture) => pictures.push(picture),
  });
  await close();
  expect(told.at(-1)).toBe(sentences[language].onlyOnce);
  expect(new Set(pictures).size).toBe(pictures.length);
});

test("a time code is accepted once, and the next one again", async () => {
  const token = await bank.issued("OC-E2E-TIME");
  const code = await readTimeCode(token);
  expect(code).toMatch(/^\d{8}$/);
  expect(await bank.validate("OC-E2E-TIME", code)).toBe("accepted");
  expect(await bank.validate("OC-E2E-TIME", code)).toBe("refused");
  await bank.wait(30);
  const next = await readTimeCode(token);
  expect(next).not.toBe(code);
  expect(await bank.validate("OC-E2E-TIME", next)).toBe("accepted");
});

test("an old code, a wrong code and another token's code are refused", async () => {
  const token = await bank.issued("OC-E2E-WRONG");
  await bank.issued("OC-E2E-OTHER");
  const code = await readTimeCode(token);
  expect(await bank.validate("OC-E2E-OTHER", code)).toBe("refused");
  const wrong = String((Number(code) + 1) % 1e8).padStart(8, "0");
  expect(await bank.validate("OC-E2E-WRONG", wrong)).toBe("refused");
  expect(await bank.validate("OC-E2E-NOBODY", code)).toBe("refused");
  await bank.wait(180);
  expect(await bank.validate("OC-E2E-WRONG", code)).toBe("refused");
});

test("an answer confirms its own transaction, once, and no other", async () => {
  const token = await bank.issued("OC-E2E-SIGN");
  const payment = await bank.transaction("OC-E2E-SIGN");
  const other = await bank.transaction("OC-E2E-SIGN", "0071000129999");
  expect(payment.challenge).toMatch(/^3456\d{6}$/);
  const answer = await answerChallenge(token, payment.challenge);
  expect(await bank.confirm(other.id, answer)).toBe("refused");
  expect(await bank.confirm(payment.id, answer)).toBe("accepted");
  expect(await bank.confirm(payment.id, answer)).toBe("refused");
});

test("a transaction that expired, a wrong answer, and another token's answer are refused", async () => {
  const token = await bank.issued("OC-E2E-LATE");
  const other = await bank.issued("OC-E2E-THIEF");
  const payment = await bank.transaction("OC-E2E-LATE");
  expect(await bank.confirm(payment.id, await answerChallenge(other, payment.challenge))).toBe("refused");
  const answer = await answerChallenge(token, payment.challenge);
  const wrong = String((Number(answer) + 1) % 1e8).padStart(8, "0");
  expect(await bank.confirm(payment.id, wrong)).toBe("refused");
  const late = await bank.transaction("OC-E2E-LATE");
  const lateAnswer = await answerChallenge(token, late.challenge);
  await bank.wait(600);
  expect(await bank.confirm(late.id, lateAnswer)).toBe("refused");
});

test("the token refuses a mistyped challenge and one that is a multiple of 16, and signs nothing", async () => {
  const token = await bank.issued("OC-E2E-TYPO");
  const { challenge } = await bank.transaction("OC-E2E-TYPO");
  const check = String((Number(challenge[9]) + 1) % 10);
  token.press("OK", ...PIN, "OK", "2", ...challenge.slice(0, 9), check, "OK");
  expect(token.text()).toContain("Digits are wrong");
  token.press("OK", ...multipleOf16WithCheckDigit(), "OK");
  expect(token.text()).toContain("Digits are wrong");
  token.press("OK", ...challenge.slice(0, 8), "OK");
  expect(token.text()).toContain("Digits are wrong");
  // And the right one is still welcome.
  token.press("OK", ...challenge, "OK");
  expect(token.text()).toContain("Account ends in");
  token.press("OFF");
});

test("a wrong PIN gives no code, is counted over a power cut, and the last one locks", async () => {
  const token = await bank.issued("OC-E2E-PIN");
  for (let left = 4; left > 0; left--) {
    token.press("OK", ..."918273", "OK");
    // Eight check bits: one wrong PIN in 256 opens the menu, and this one does not.
    expect(token.text()).toContain(`Tries left: ${left}`);
    token.powerOff();
    token.powerOn();
    token.press("OFF");
  }
  token.press("OK", ..."918273", "OK");
  expect(token.text()).toContain("Token is locked");
  token.press("OFF", "OK", ...PIN, "OK");
  expect(token.text()).toContain("Token is locked");
});

test("the clock set forward and back again gives no code", async () => {
  const token = await bank.issued("OC-E2E-CLOCK");
  const clock = token.machine.clock;
  const now = clock.unixTime;
  clock.setTime(now + 86_400);
  await readTimeCode(token);
  clock.setTime(now);
  token.press("OK", ...PIN, "OK", "1");
  expect(token.text()).toContain("The clock was changed");
});

/** Ten digits with a right check digit that the rule of 16 refuses. */
function multipleOf16WithCheckDigit(): string {
  for (let nine = 0; ; nine++) {
    const digits = String(nine).padStart(9, "0");
    let p = 10;
    for (const digit of digits) {
      const s = (p + Number(digit)) % 10 || 10;
      p = (s * 2) % 11;
    }
    const whole = digits + ((11 - p) % 10);
    if (Number(whole) % 16 === 0 && Number(whole) > 0) return whole;
  }
}
