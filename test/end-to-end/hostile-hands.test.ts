/** What a hostile device around the token must not gain. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Oled } from "../../emulator/machine/oled.ts";
import { codeOf } from "../../emulator/testing/capture.ts";
import { tokenInfo } from "../../host-tools/device/token.ts";
import { personalise } from "../../host-tools/provisioning/personalise.ts";
import { type Bank, memoryTransport, openBank, PIN, setPin } from "./bank.ts";

let bank: Bank;
beforeAll(async () => {
  bank = await openBank();
});
afterAll(() => bank.close());
const issued = async (serial: string) => {
  const token = await bank.token(serial);
  await bank.provision(memoryTransport(token));
  return token;
};

test("a clock that answers two readings differently never moves the mark back", async () => {
  const token = await issued("OC-HOSTILE-1");
  await setPin(token);
  const { clock } = token.machine;
  const today = Math.floor(clock.unixTime);
  clock.setTime(today + 86_400);
  token.press("OK", ...PIN, "OK", "1");
  codeOf(token); // tomorrow's
  token.press("OFF");
  clock.setTime(today);
  const read = clock.read.bind(clock);
  let readings = 0;
  clock.read = (length) => {
    if (length !== 7 || ++readings !== 1) return read(length);
    const now = clock.unixTime;
    clock.setTime(now + 2 * 86_400);
    const forged = read(length);
    clock.setTime(now);
    return forged;
  };
  token.press("OK", ...PIN, "OK", "1");
  clock.read = read;
  token.press("OFF");
  clock.setTime(today + 60);
  token.press("OK", ...PIN, "OK", "1");
  expect(() => codeOf(token)).toThrow();
});

test("a PIN that was confirmed as the personalisation came is not the new token's PIN", async () => {
  const token = await issued("OC-HOSTILE-2");
  const transport = memoryTransport(token);
  token.press("OK", ...PIN, "OK", ...PIN);
  await personalise(transport, bank.keyService, {
    replace: true,
    clock: bank.clock,
    beforeCommit: async () => {
      token.machine.keyDown("OK");
      for (let ms = 0; ms < 60 && !/moment/i.test(token.text()); ms++) token.advance({ ms: 1 });
    },
  });
  token.machine.keyUp("OK");
  token.advance({ ms: 100 });
  await transport.reset();
  expect((await tokenInfo(transport)).state).toBe(2); // issued, without a PIN
});

test("a display that fails once while it is switched off does not keep the code for ever", async () => {
  const token = await issued("OC-HOSTILE-3");
  await setPin(token);
  token.press("OK", ...PIN, "OK", "1");
  codeOf(token);
  const display = token.machine.display as Oled;
  const write = display.write.bind(display);
  display.write = () => {
    throw new Error("no acknowledge");
  };
  for (let second = 0; second < 35; second++)
    try {
      token.advance({ seconds: 1 });
    } catch {
      // The board's bus complains; the token goes on.
    }
  display.write = write;
  try {
    token.advance({ minutes: 5 });
  } catch {
    // The last complaint of the broken display.
  }
  expect(token.text().trim()).toBe("");
});

test("a host that falls silent in a session loses it after a minute, and what it had staged", async () => {
  const token = await bank.token("OC-HOSTILE-4");
  const transport = memoryTransport(token);
  await expect(
    personalise(transport, bank.keyService, {
      clock: bank.clock,
      beforeCommit: async () => token.advance({ seconds: 61 }),
    }),
  ).rejects.toThrow();
  expect((await tokenInfo(transport)).state).toBe(1); // factory
});
