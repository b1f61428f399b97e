/** The main job on a simulated RP2040 with the genuine Espruino image that OCHRE_RP2040_IMAGE and OCHRE_RP2040_BOOTROM name. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EngineError } from "../../emulator/engine.ts";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { measureBoot, measureKey, type ProfileRow } from "../../emulator/mcu/profile.ts";
import { type EmulatedPort, openPort } from "../../emulator/serial/port.ts";
import { openSerialTransport } from "../../host-tools/device/serial-port.ts";
import { tokenInfo } from "../../host-tools/device/token.ts";
import { LABORATORY_KEY_VERSION, laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { provision } from "../../host-tools/provisioning/provision.ts";
import { TOKEN_STATES } from "../../protocol/apdu/get-data.ts";
import { type Bank, builtBundle, openBank, PIN } from "../end-to-end/bank.ts";
import { measured } from "./measured.ts";

const { OCHRE_RP2040_IMAGE: image, OCHRE_RP2040_BOOTROM: bootrom } = process.env;
const missing = image === undefined || bootrom === undefined;
if (missing)
  console.log(
    "Skipped: Espruino on a simulated RP2040. Set OCHRE_RP2040_IMAGE to its image and OCHRE_RP2040_BOOTROM to the chip's boot ROM.",
  );

const SERIAL = "OC-MCU-1";
/** A command takes up to three seconds of the token's time, and the simulator several times as long. */
const PATIENCE = { timeoutMs: 60_000, retries: 0 };

// Reason to skip: image and boot ROM are the user's to supply.
describe.skipIf(missing)("a token on a simulated RP2040 with a genuine Espruino", { timeout: 600_000 }, () => {
  let bank: Bank;
  let engine: McuEngine;
  let port: EmulatedPort;
  const { enc, mac, dek } = laboratoryTransportKeys(SERIAL);
  const options = async () => ({
    ...(await builtBundle()),
    image: await readFile(image as string),
    bootrom: await readFile(bootrom as string),
    install: { serial: SERIAL, keyVersion: LABORATORY_KEY_VERSION, enc, mac, dek },
  });
  beforeAll(async () => {
    bank = await openBank();
    engine = await McuEngine.boot(await options());
    port = await openPort(engine);
  }, 300_000);
  afterAll(async () => {
    await port?.close();
    await engine?.close();
    await bank?.close();
  });

  const screen = async () => (await engine.screen()).lines.map((line) => line.text.trim()).join("\n");
  const code = async () => (await screen()).replaceAll(/\D/g, "");

  test("boots, and draws its first picture", async ({ task }) => {
    measured(task, [await measureBoot(engine, "power on to first picture")]);
    expect(await screen()).toBe(`OCHRE\n${SERIAL}\nNot personalised\nTake it to your bank`);
    expect(engine.board.faults).toEqual([]);
  });

  test("takes whatever comes over its serial port for bytes: the console is closed", async () => {
    const heard: string[] = [];
    const stop = engine.onSerial((direction, text) => {
      if (direction === "to-host") heard.push(text);
    });
    await engine.send(`${"\x03".repeat(300)}\nprint(6*7)\n\x10print(6*7)\n`);
    await engine.advance(500);
    stop();
    expect(heard.join("")).toBe("");
    expect(await screen()).toContain("Not personalised");
  });

  test("is personalised through its serial port, takes a PIN, and its codes are accepted once", async ({ task }) => {
    const rows: ProfileRow[] = [];
    const measure = async (key: string, name: string) => {
      rows.push(await measureKey(engine, key, name));
    };
    const transport = await openSerialTransport(port.path, PATIENCE);
    // The host's clock is the token's time: a slow simulator is no slow line.
    await engine.setClock({ speed: 0 });
    const epoch = bank.clock.now();
    const start = engine.board.time;
    try {
      expect(TOKEN_STATES[(await tokenInfo(transport)).state]).toBe("factory");
      await provision(transport, bank.keyService, {
        folder: join(bank.folder, "pending"),
        clock: { now: () => epoch + engine.board.time - start, sleep: (ms) => engine.advance(ms) },
        deliver: async (enrolment) => {
          expect((await bank.asProvisioner("POST", "/v1/tokens", enrolment)).status).toBe(201);
        },
      });
      expect(TOKEN_STATES[(await tokenInfo(transport)).state]).toBe("issued");
    } finally {
      await transport.close();
    }
    const ms = engine.board.time - start;
    rows.push({ name: "personalisation, with its host", ms, cycles: Math.round(ms * 125_000) });
    await engine.setClock({ unixTime: bank.clock.now() / 1000, speed: 1 });
    expect(await screen()).toContain("Press OK to start");

    await engine.press(["OK", ...PIN, "OK", ...PIN]);
    await measure("OK", "PIN is set");
    expect(await screen()).toContain("PIN is set");
    await engine.press(["OK", ...PIN]);
    await measure("OK", "PIN to menu");
    expect(await screen()).toContain("Choose a code");
    await measure("1", "menu to time code");
    expect(await screen()).toContain("Time code");
    const timeCode = await code();
    expect(await bank.validate(SERIAL, timeCode)).toBe("accepted");
    expect(await bank.validate(SERIAL, timeCode)).toBe("refused");

    const payment = await bank.transaction(SERIAL);
    await engine.press(["OFF", "OK", ...PIN, "OK", "2", ...payment.challenge]);
    await measure("OK", "challenge to question");
    expect(await screen()).toContain("Account ends in");
    await measure("OK", "question to code");
    expect(await screen()).toContain("Sign a payment");
    const answer = await code();
    expect(await bank.confirm(payment.id, answer)).toBe("accepted");
    expect(await bank.confirm(payment.id, answer)).toBe("refused");
    expect(engine.board.faults).toEqual([]);
    measured(task, rows);
  });

  test("loses its power at an operation of the flash, and boots to the state before or after", async () => {
    await engine.press(["OFF", "OK", ...PIN]);
    await engine.cutAtFlashOperation(1, 0.5);
    await engine.press(["OK"]);
    expect((await engine.power()).on).toBe(false);
    await engine.powerOn();
    await engine.press(["OK", ...PIN, "OK"]);
    expect(await screen()).toContain("Choose a code");
  });

  test("goes on with the flash of a token of the engine fast, which holds no bundle", async () => {
    const fast = await FastEngine.boot({ ...(await builtBundle()), install: { ...(await options()).install } });
    const flash = await fast.dumpFlash();
    await fast.close();
    const moved = await McuEngine.boot({ ...(await options()), flash });
    try {
      expect((await moved.screen()).lines[1].text.trim()).toBe(SERIAL);
      expect(moved.board.faults).toEqual([]);
    } finally {
      await moved.close();
    }
  });

  test("what it cannot do it refuses with a reason", async () => {
    await expect(engine.snapshot()).rejects.toThrow(EngineError);
    await expect(engine.press(["5", "NO SUCH KEY"])).rejects.toThrow(/the keys are/);
    await expect(engine.advance(-1)).rejects.toThrow(/from 0/);
    await expect(engine.loadFlash(await engine.dumpFlash())).rejects.toThrow(/power is off/);
    expect((await engine.power()).on).toBe(true);
  });
});
