/** What the engine `mcu` promises beside the story, on the genuine Espruino that OCHRE_RP2040_IMAGE and OCHRE_RP2040_BOOTROM name. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EngineError } from "../../emulator/engine.ts";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { measureBoot } from "../../emulator/mcu/profile.ts";
import { codeOf } from "../../emulator/testing/capture.ts";
import { slotImage } from "../../emulator/testing/slot-image.ts";
import { smallBundle } from "../../emulator/testing/small-bundle.ts";
import { wire } from "../../host-tools/crypto/node.ts";
import { LABORATORY_KEY_VERSION, laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { encodeCommand } from "../../protocol/apdu/command.ts";
import { getData, TAG_TOKEN_INFORMATION } from "../../protocol/apdu/get-data.ts";
import { encodeFrame, FRAME_COMMAND } from "../../protocol/framing/frame.ts";
import { builtBundle, issuedFlash, PIN } from "../end-to-end/bank.ts";
import { measured } from "./measured.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

if (!rp2040Supplied)
  console.log(
    "Skipped: Espruino on a simulated RP2040. Set OCHRE_RP2040_IMAGE to its image and OCHRE_RP2040_BOOTROM to the chip's boot ROM.",
  );

const SERIAL = "OC-MCU-1";

// Reason to skip: image and boot ROM are the user's to supply.
describe.skipIf(!rp2040Supplied)("a token on a simulated RP2040 with a genuine Espruino", { timeout: 300_000 }, () => {
  let engine: McuEngine;
  const { enc, mac, dek } = laboratoryTransportKeys(SERIAL);
  const install = { serial: SERIAL, keyVersion: LABORATORY_KEY_VERSION, enc, mac, dek };
  const options = async () => ({ ...(await builtBundle()), ...(await rp2040Files()), install });
  beforeAll(async () => {
    engine = await McuEngine.boot(await options());
  }, 300_000);
  afterAll(() => engine?.close());

  const screen = async () => (await engine.screen()).lines.map((line) => line.text.trim()).join("\n");

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

  test("a host whose question is on its way when time is frozen has sent it, and is answered", async () => {
    const running = await McuEngine.boot({ ...(await options()), speed: 1 });
    try {
      const answered = new Promise<void>((resolve) => {
        let heard = "";
        running.onSerial((direction, text) => {
          if (direction === "to-host") heard += text;
          if (heard.includes(SERIAL)) resolve();
        });
      });
      const sent = running.send(encodeFrame(wire, 1, FRAME_COMMAND, encodeCommand(getData(TAG_TOKEN_INFORMATION))));
      await running.setClock({ speed: 0 });
      await sent;
      await answered;
    } finally {
      await running.close();
    }
  });

  test("a flash of the engine fast, which holds no bundle, goes on and gives the same code of the same time", async () => {
    const start = { flash: await issuedFlash(SERIAL), unixTime: 1_800_000_001 };
    const keys = ["OK", ...PIN, "OK", "1"];
    const fast = await FastEngine.boot({ ...(await builtBundle()), install, ...start });
    await fast.press(keys);
    const code = codeOf(await fast.screen());
    await fast.close();
    const moved = await McuEngine.boot({ ...(await options()), ...start, speed: 0 });
    try {
      await moved.press(keys);
      expect(codeOf(await moved.screen())).toBe(code);
      expect(moved.board.faults).toEqual([]);
    } finally {
      await moved.close();
    }
  });

  test("keys that wait when the power goes are refused, with how many were not; those behind them too", async () => {
    const hours = { holdMs: 3_600_000 };
    const pressed = [engine.press(["5", "5"], hours), engine.press(["5"])];
    const refused = pressed.map((press) => press.catch((error: unknown) => error));
    await engine.advance(50);
    await engine.powerOff();
    await engine.powerOn();
    expect(await Promise.all(refused)).toMatchObject([
      { fault: "no-power", message: "the power was gone after 1 of 2 keys" },
      { fault: "no-power", message: "the power was gone after 0 of 1 keys" },
    ]);
    expect(engine.board.keypad.touched).toBe(false);
    expect(await screen()).toContain("Not personalised");
  });

  test("a key is pressed while a finger stays on another one: the press ends when that of a free keypad would", async () => {
    const before = engine.board.time;
    await engine.keyDown("MENU");
    await engine.advance(1000);
    expect(await screen()).toContain("pico-keypad / O");
    await engine.press(["CLEAR"]);
    await engine.keyUp("MENU");
    // What a keypad sees of two fingers is a question of its rows: the one that stays is seen again once the other has left.
    await engine.rest();
    expect(engine.board.time - before).toBeLessThan(3000);
    await engine.press(["CLEAR"]);
    expect(await screen()).toContain("Not personalised");
    expect(engine.board.keypad.touched).toBe(false);
  });

  test("power and flash are moved in the order in which it was asked: each call leaves a token that rests, or is off", async () => {
    const moved = await McuEngine.boot({ ...(await options()), speed: 0 });
    const state = async () => [moved.board.powered, moved.board.resting];
    try {
      await moved.powerOff();
      const own = await moved.dumpFlash();
      const other = await issuedFlash("OC-OTHER-1");
      const loading = moved.loadFlash(other).then(state);
      // Whoever overwrites his bytes now changes nothing.
      const turns = [moved.powerOn().then(state), moved.powerOn().then(state)];
      other.fill(0);
      expect(await loading).toEqual([false, true]);
      expect(await Promise.all(turns)).toEqual([
        [true, true],
        [true, true],
      ]);
      const lines = (await moved.screen()).lines.map((line) => line.text.trim());
      expect(lines).toContain("Press OK to start");

      // A token that boots loses its power at once; what waits behind that boots it from the beginning.
      const booting = [moved.powerOff(), moved.powerOn(), moved.powerOff(), moved.powerOn()];
      const loaded = moved.loadFlash(own).catch((error: unknown) => error);
      await Promise.all(booting);
      expect(await state()).toEqual([true, true]);
      expect(await loaded).toMatchObject({ fault: "conflict" });
      await moved.powerOff();
      const on = moved.powerOn().then(state);
      await new Promise(setImmediate);
      expect(moved.board.powered).toBe(true);
      const off = moved.powerOff();
      expect(moved.board.powered).toBe(false);
      expect(await Promise.all([on, off])).toEqual([[false, true], undefined]);

      const waiting = [moved.powerOn(), moved.loadFlash(own), moved.powerOn()];
      const refused = waiting.map((call) => call.catch((error: unknown) => error));
      await moved.close();
      for (const error of await Promise.all(refused))
        expect(error).toMatchObject({ fault: "failed", message: "the engine is closed" });
    } finally {
      await moved.close();
    }
  });

  test("with no time of its own, the same calls take the same time in each run, whoever looks at the screen meanwhile", async () => {
    const times = async (look: boolean) => {
      const still = await McuEngine.boot({ ...(await options()), speed: 0 });
      const looking = setInterval(() => look && void still.screen(), 3);
      try {
        const seen = [still.board.time];
        const calls = [
          () => still.press(["MENU", "OFF", "OK"]),
          () => still.keyDown("5"),
          () => still.press(["1"]),
          () => still.keyUp("5"),
          () => still.press(["OFF"]),
          () => still.powerOff(),
          () => still.powerOn(),
        ];
        for (const call of calls) {
          await call();
          seen.push(still.board.time);
        }
        return seen;
      } finally {
        clearInterval(looking);
        await still.close();
      }
    };
    expect(await times(true)).toEqual(await times(false));
  });

  test("firmware that never rests is an error that says what to do, of a press and of a boot", async () => {
    const good = await options();
    const restless = (ms: number) => {
      const start = `function again() { setTimeout(again, 20); } setTimeout(again, ${ms});`;
      const bundle = smallBundle({ start, members: "conformance: function () {}" });
      const { header } = slotImage(bundle, 1, good.manifest);
      const manifest = { ...good.manifest, imageHeader: Buffer.from(header).toString("base64") };
      return { ...good, bundle, manifest, speed: 0 };
    };
    const message = /did not come to rest in 60 s.*power away/;
    const booted = await McuEngine.boot(restless(1000));
    try {
      await expect(booted.press(["1", "2"], { holdMs: 2000 })).rejects.toMatchObject({ fault: "failed", message });
      await booted.powerOff();
      await booted.powerOn();
      expect((await booted.power()).on).toBe(true);
    } finally {
      await booted.close();
    }
    await expect(McuEngine.boot(restless(5))).rejects.toMatchObject({ fault: "failed", message });
  });

  test("what it cannot do it refuses with a reason", async () => {
    await expect(engine.snapshot()).rejects.toThrow(EngineError);
    await expect(engine.press(["5", "NO SUCH KEY"])).rejects.toThrow(/the keys are/);
    await expect(engine.press(["5"], { bounceMs: 5000 })).rejects.toThrow(/to 1000/);
    await expect(engine.advance(-1)).rejects.toThrow(/from 0/);
    await expect(engine.loadFlash(await engine.dumpFlash())).rejects.toThrow(/power is off/);
    expect((await engine.power()).on).toBe(true);
  });
});
