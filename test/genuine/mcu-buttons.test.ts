/** The board with four buttons and no clock chip on a genuine Espruino, on a simulated RP2040: its display, its buttons and its own time. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { engineDevice } from "../../emulator/serial/engine-device.ts";
import { openPort } from "../../emulator/serial/port.ts";
import { codeOf } from "../../emulator/testing/capture.ts";
import { bootToken } from "../../emulator/testing/token.ts";
import { keysFor } from "../../emulator/testing/typed-keys.ts";
import { openSerialTransport } from "../../host-tools/device/serial-port.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { syncClock } from "../../host-tools/provisioning/clock-sync.ts";
import { LANGUAGE_ENGLISH } from "../../protocol/apdu/credential-kind.ts";
import { builtBundle, PIN } from "../end-to-end/bank.ts";
import { bankKeys, personaliseToken } from "../end-to-end/personalised.ts";
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
      expect(await screen()).toContain("The clock was changed");
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
