/** The board with four buttons and no clock chip on a genuine Espruino, on a simulated RP2040: its display, its buttons and its own time. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { engineDevice } from "../../emulator/serial/engine-device.ts";
import { openPort } from "../../emulator/serial/port.ts";
import { codeOf } from "../../emulator/testing/capture.ts";
import { bootToken } from "../../emulator/testing/token.ts";
import { keysFor } from "../../emulator/testing/typed-keys.ts";
import { hashes } from "../../host-tools/crypto/node.ts";
import { openSerialTransport } from "../../host-tools/device/serial-port.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { syncClock } from "../../host-tools/provisioning/clock-sync.ts";
import type { Enrolment } from "../../host-tools/provisioning/enrolment.ts";
import { LANGUAGE_ENGLISH } from "../../protocol/apdu/credential-kind.ts";
import { makeChallenge } from "../../protocol/otp/challenge.ts";
import { counterFromNumber } from "../../protocol/otp/counter.ts";
import { ocra } from "../../protocol/otp/ocra.ts";
import { parseSuite } from "../../protocol/otp/suite.ts";
import { builtBundle, PIN } from "../end-to-end/bank.ts";
import { bankKeys, personaliseToken, seedOf } from "../end-to-end/personalised.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

const SERIAL = "OC-MCU-BUTTONS";

// Reason to skip: image and boot ROM are the user's to supply; mcu.test.ts says so in a line.
describe.skipIf(!rp2040Supplied)(
  "pico-buttons on a simulated RP2040 with a genuine Espruino",
  { timeout: 300_000 },
  () => {
    let engine: McuEngine;
    const typed = (digits: string) => [...digits].flatMap((digit) => keysFor(engine.manifest, digit));
    const screen = async () => (await engine.screen()).lines.map((line) => line.text.trim()).join("\n");

    beforeAll(async () => {
      const install = { serial: SERIAL, ...laboratoryTransportKeys(SERIAL, 0x0002) };
      const built = await builtBundle("pico-buttons");
      const token = await bootToken({ ...built, install, port: false });
      await personaliseToken(token, 1_800_000_000, { policy: { language: LANGUAGE_ENGLISH } });
      const pin = [...PIN].flatMap((digit) => keysFor(built.manifest, digit));
      token.press("OK", ...pin, "OK", ...pin, "OK");
      const flash = token.machine.flashDump();
      engine = await McuEngine.boot({ ...built, ...(await rp2040Files()), install, flash, speed: 0 });
    }, 300_000);
    afterAll(() => engine?.close());

    test("boots, and draws its first picture, column by column", async () => {
      expect(await screen()).toBe(`OCHRE\n${SERIAL}\nHold OK: settings\nPress OK to start`);
      expect(engine.board.faults).toEqual([]);
      expect(engine.capabilities.drift).toBe(false);
      await expect(engine.setClock({ driftPpm: 5 })).rejects.toMatchObject({ fault: "unsupported" });
    });

    test("takes a PIN that is chosen digit by digit", async () => {
      await engine.press(["OK", "UP"]);
      expect(await screen()).toBe("Enter your PIN\n0_____\n\nOK takes this digit");
      await engine.press(["CLEAR", ...typed(PIN)]);
      expect(await screen()).toBe("Enter your PIN\n******\n\nOK done CLEAR erase");
      await engine.press(["OK"]);
      expect(await screen()).toContain("Choose a code");
    });

    test("gives no time code, because its clock does not know the time", async () => {
      await engine.press(["OK"]);
      expect(await screen()).toContain("The clock lost power");
      await engine.press(["OK"]);
      expect((await engine.screen()).on).toBe(false);
    });

    test("opens its settings with OK held for a second, and sleeps when it is left alone", async () => {
      await engine.press(["OK"]);
      await engine.press(["OK"], { holdMs: 1200 });
      expect(await screen()).toContain("pico-buttons / O");
      await engine.press(["CLEAR"]);
      await engine.advance(31_000);
      expect((await engine.screen()).on).toBe(false);
      expect(engine.board.resting).toBe(true);
    });

    test("knows the time again from a session with a host, and shows a time code", async () => {
      const port = await openPort(engineDevice(engine, (error) => expect.fail(String(error))));
      const transport = await openSerialTransport(port.path, { timeoutMs: 8000, retries: 3 });
      const keys = bankKeys();
      try {
        // The host goes by the token's time, as the simulator takes its own.
        const begun = 1_800_000_100_000 - engine.board.time;
        const clock = { now: () => begun + engine.board.time, sleep: (ms: number) => engine.advance(ms) };
        await syncClock(transport, keys, { clock });
      } finally {
        keys.close();
        await transport.close();
        await port.close();
      }
      await engine.press(["OK", ...typed(PIN), "OK", "OK"]);
      expect(codeOf(await engine.screen())).toMatch(/^\d{8}$/);
      expect(engine.board.faults).toEqual([]);
    });
  },
);

// Reason to skip: as above.
describe.skipIf(!rp2040Supplied)(
  "pico-buttons on a simulated RP2040, which no host has told the time since it got its power",
  { timeout: 300_000 },
  () => {
    const suite = "OCRA-1:HOTP-SHA256-8:C-QN10";
    const challenge = makeChallenge("3456", "20117");
    let engine: McuEngine;
    let enrolment: Enrolment;
    let letter = "";
    const type = async (digits: string) => {
      for (const digit of digits) await engine.press(keysFor(engine.manifest, digit));
      await engine.press(["OK"]);
    };
    const screen = async () => (await engine.screen()).lines.map((line) => line.text.trim());

    beforeAll(async () => {
      const install = { serial: SERIAL, ...laboratoryTransportKeys(SERIAL, 0x0002) };
      const built = await builtBundle("pico-buttons");
      const token = await bootToken({ ...built, install, port: false });
      enrolment = await personaliseToken(token, 1_800_000_000, {
        policy: { language: LANGUAGE_ENGLISH, pinTryLimit: 1 },
        credentials: [{ slot: 0, kind: "challenge", suite, label: "Challenge" }],
        activation: { days: 30 },
        beforeCommit: async (_, made) => {
          letter = made?.activationCode.replaceAll(" ", "") ?? "";
        },
      });
      const flash = token.machine.flashDump();
      engine = await McuEngine.boot({ ...built, ...(await rp2040Files()), install, flash, speed: 0 });
    }, 300_000);
    afterAll(() => engine?.close());

    const answer = async (counter: number) => {
      await engine.press(["OK"]);
      await type(challenge);
      await engine.press(["OK"]);
      const expected = ocra(hashes, seedOf(enrolment, 0), parseSuite(suite), {
        counter: counterFromNumber(counter),
        question: challenge,
      });
      expect(codeOf(await engine.screen())).toBe(expected);
      await engine.press(["OK"]);
    };

    test("takes the activation code of its letter, and a PIN", async () => {
      await engine.press(["OK"]);
      await type(letter);
      expect(await screen()).toContain("Choose a new PIN");
      await type(PIN);
      await type(PIN);
      await engine.press(["OK"]);
      expect(await screen()).toContain("Enter your PIN");
    });

    test("answers a challenge by its counter, another each time", async () => {
      await type(PIN);
      await answer(0);
      await engine.press(["OK"]);
      await type(PIN);
      await answer(1);
    });

    test("is locked by a wrong PIN, and opened by an answer of its bank's", async () => {
      // One wrong PIN in sixteen opens it.
      for (let wrong = 10; !(await screen()).includes("Token is locked"); wrong++) {
        expect(wrong).toBeLessThan(20);
        await engine.advance(31_000);
        await engine.press(["OK"]);
        await type(`9182${wrong}`);
      }
      await engine.press(["OK"]);
      const shown = await screen();
      expect(shown).toContain("Read to your bank");
      const keys = bankKeys();
      const token = { serial: SERIAL, model: new Uint8Array([0, 2]) };
      const right = await keys.unlockAnswer(token, shown[1].replaceAll(" ", ""));
      keys.close();
      await engine.press(["OK"]);
      await type(right);
      expect(await screen()).toContain("The PIN is as before");
      await engine.press(["OK"]);
      await type(PIN);
      await answer(2);
      expect(engine.board.faults).toEqual([]);
    });
  },
);
