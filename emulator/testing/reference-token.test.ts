/** The reference board's own bundle on the virtual board. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { bootMilliseconds, installedFlash } from "./boot-cost.ts";
import { bootToken, type Token } from "./token.ts";

const home = (token: Token) => token.text().includes("OCHRE");
const about = (token: Token) => token.text().includes("pico-keypad");

test("it boots to a picture that reads back whole, and does nothing that a board would not bear", async () => {
  await using token = await bootToken({ port: false });
  expect(token.text()).toContain("FIXTURE-00000001");
  expect(token.text()).not.toContain("?");
  expect(token.machine.faults).toEqual([]);
});

test("each press counts once, however the contacts bounce", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.integer({ min: 0, max: 10 }),
      fc.integer({ min: 1, max: 5 }),
      async (seed, bounceMs, presses) => {
        await using token = await bootToken({ port: false, seed });
        token.machine.keypad.bounceMs = bounceMs;
        // MENU leads from home to the about screen, and any key back.
        for (let press = 1; press <= presses; press++) {
          token.press("MENU");
          expect([home(token), about(token)]).toEqual([press % 2 === 0, press % 2 === 1]);
        }
      },
    ),
    { numRuns: runs(15) },
  );
});

test("left alone it goes dark and waits without a timer; a key wakes it", async () => {
  await using token = await bootToken({ port: false });
  token.advance({ minutes: 5 });
  expect(token.machine.display.on).toBe(false);
  expect(token.machine.idleMs).toBe(Number.POSITIVE_INFINITY);
  token.press("5");
  expect(token.machine.display.on).toBe(true);
  expect(home(token)).toBe(true);
});

test("the same seed, keys and bytes give the same pictures, answers and flash", async () => {
  const input = fc.oneof(
    fc.constantFrom("0", "5", "OK", "CLEAR", "MENU", "OFF", "UP").map((key) => ({ key })),
    fc.integer({ min: 1, max: 40_000 }).map((ms) => ({ ms })),
    fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => ({ text: Buffer.from(bytes).toString("latin1") })),
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.array(input, { maxLength: 12 }), async (seed, inputs) => {
      const live = async () => {
        await using token = await bootToken({ port: false, seed, unixTime: 1_800_000_000 });
        let trace = "";
        token.machine.onTransmit = (text) => (trace += `${token.machine.time}:${text}\n`);
        for (const step of inputs) {
          if ("key" in step) token.press(step.key);
          else if ("ms" in step) token.advance(step);
          else token.machine.receive(step.text);
          trace += token.picture();
        }
        return trace + Buffer.from(token.machine.flashDump()).toString("base64");
      };
      expect(await live()).toBe(await live());
    }),
    { numRuns: runs(10) },
  );
});

test("what a token is survives the loss of its power", async () => {
  await using token = await bootToken({ port: false });
  const before = token.screen();
  token.powerOff();
  expect(token.screen()).toEqual(["", "", "", ""]);
  token.advance({ days: 30 });
  token.powerOn();
  expect(token.screen()).toEqual(before);
  await using other = await bootToken({ port: false, flash: token.machine.flashDump() });
  expect(other.screen()).toEqual(before);
});

test("the cost of a cold boot can be measured", async () => {
  expect(await bootMilliseconds(await installedFlash())).toBeGreaterThan(0);
});
