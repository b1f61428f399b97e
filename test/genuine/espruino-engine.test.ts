/** What the engine `espruino` promises beside the story, on the genuine interpreter that the environment variable ESPRUINO names. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Engine, EngineError } from "../../emulator/engine.ts";
import { EspruinoEngine } from "../../emulator/espruino/espruino-engine.ts";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { Flash } from "../../emulator/machine/flash.ts";
import { Storage } from "../../emulator/machine/storage.ts";
import { smallBundle } from "../../emulator/testing/small-bundle.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { builtBundle, issuedFlash, PIN } from "../end-to-end/bank.ts";
import { interpreter } from "./interpreter.ts";

const SERIAL = "OC-GENUINE-1";

const options = async (serial: string) => ({
  ...(await builtBundle()),
  espruino: interpreter as string,
  install: { serial, ...laboratoryTransportKeys(serial) },
});

// Reason to skip: the interpreter is the user's to supply; pico-keypad.test.ts says so in a line.
describe.skipIf(interpreter === undefined)("a token on a genuine Espruino", { timeout: 300_000 }, () => {
  let token: EspruinoEngine;
  /** Temporary files of these tests alone, so that what is left of them can be seen. */
  let place: string;
  const folders = () => readdirSync(place).filter((name) => name.startsWith("ochre-espruino-"));
  const { TMPDIR } = process.env;
  beforeAll(async () => {
    const flash = await issuedFlash(SERIAL);
    place = mkdtempSync(join(tmpdir(), "ochre-genuine-"));
    process.env.TMPDIR = place;
    token = await EspruinoEngine.boot({ ...(await options(SERIAL)), flash, unixTime: Math.floor(Date.now() / 1000) });
  }, 120_000);
  afterAll(async () => {
    await token?.close();
    expect(folders()).toEqual([]);
    rmSync(place, { recursive: true });
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  });

  const screen = async (engine: Engine = token) =>
    (await engine.screen()).lines.map((line) => line.text.trim()).join("\n");
  const digits = async (engine: Engine = token) => (await screen(engine)).replaceAll(/\D/g, "");

  test("its clock goes on while the power is off, and can be set", async () => {
    const near = (seconds: number) => expect(Math.abs(seconds)).toBeLessThan(3);
    await token.powerOff();
    await token.powerOn();
    near((await token.clock()).unixTime - Date.now() / 1000);

    await token.setClock({ driftPpm: 20, temperatures: [10, 35] });
    expect(await token.clock()).toMatchObject({ driftPpm: 20, temperatures: [10, 35], speed: 1, lostPower: false });
    await token.setClock({ driftPpm: 0, temperatures: [] });
  });

  test("what lies in a flash beside the token is not started, though the interpreter starts such files by itself", async () => {
    const ran = join(place, "ran");
    const program = `require("fs").writeFileSync(${JSON.stringify(ran)},"1")`;
    const plain = await issuedFlash("OC-LAID-1");
    for (const name of [".bootrst", ".boot1", ".boot0"]) {
      const chip = new Flash(plain);
      new Storage(chip).write(name, program);
      const flash = chip.dump();
      const laid = await EspruinoEngine.boot({ ...(await options("OC-LAID-1")), flash });
      await laid.close();
      expect(existsSync(ran), name).toBe(false);
    }
  });

  test("an error that another interpreter saved in a flash is no error of this one, and stays there", async () => {
    const chip = new Flash(await issuedFlash("OC-SAVED-1"));
    new Storage(chip).write("ERROR", "Uncaught Error: of another day");
    const saved = await EspruinoEngine.boot({ ...(await options("OC-SAVED-1")), flash: chip.dump() });
    try {
      expect(await screen(saved)).toContain("Press OK to start");
      await saved.powerOff();
      expect(new Storage(new Flash(await saved.dumpFlash())).list()).toContain("ERROR");
    } finally {
      await saved.close();
    }
  });

  test("nobody else may read the flash, whether it was made here or came from elsewhere", async () => {
    const before = folders();
    const other = await EspruinoEngine.boot(await options("OC-GENUINE-5"));
    try {
      const [folder] = folders().filter((name) => !before.includes(name));
      const modes = () => [".", "espruino.flash"].map((name) => statSync(join(place, folder, name)).mode & 0o777);
      expect(modes()).toEqual([0o700, 0o600]);
      await other.powerOff();
      await other.loadFlash(await issuedFlash("OC-GENUINE-5"));
      expect(modes()).toEqual([0o700, 0o600]);
    } finally {
      await other.close();
    }
  });

  /** A program that boots a token and waits, ended by a signal. @param before what it does first @returns how it ended, and what it said */
  const program = async (signal: NodeJS.Signals, before = "") => {
    const here = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
    const script = `${before}
      const { EspruinoEngine } = await import(${here("../../emulator/espruino/espruino-engine.ts")});
      const { builtBundle } = await import(${here("../end-to-end/bank.ts")});
      const { fixtureInstallation } = await import(${here("../../emulator/testing/token.ts")});
      const espruino = process.env.ESPRUINO;
      const token = await EspruinoEngine.boot({ ...(await builtBundle()), install: fixtureInstallation, espruino });
      console.log("booted");
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const closed = once(child, "close");
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk;
      if (chunk.includes("booted")) child.kill(signal);
    });
    return { ended: (await closed) as [number | null, NodeJS.Signals | null], said };
  };

  test("a signal that ends the process ends its interpreters and removes their folders; it ends as any other does", async () => {
    const before = folders();
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      const { ended } = await program(signal);
      expect(ended).toEqual([null, signal]);
      expect(folders()).toEqual(before);
    }
  });

  test("whoever listens to a signal himself decides what it does", async () => {
    const before = folders();
    const listen = `process.once("SIGTERM", async () => {
      await token.press(["MENU"]);
      console.log((await token.screen()).lines.map(({ text }) => text).join());
      process.exit(7);
    });`;
    const { ended, said } = await program("SIGTERM", listen);
    expect(ended).toEqual([7, null]);
    expect(said).toContain("pico-keypad / O");
    expect(folders()).toEqual(before);
  });

  /** The power goes, and comes back to the token that it was. */
  const restart = async () => {
    await token.powerOff();
    await token.powerOn();
    expect(await screen()).toContain("Press OK to start");
  };

  test("what it is survives the loss of its power at any time; a press is done, or says how far it came", async () => {
    for (const ms of [0, 30, 200, 900]) {
      const pressed = token.press(["OK", ...PIN, "OK"]).catch((error: unknown) => error);
      await new Promise((resolve) => setTimeout(resolve, ms));
      await restart();
      // How far it comes is up to the computer; of eight keys that all went down, none is missing.
      const outcome = await pressed;
      if (outcome !== undefined)
        expect(outcome).toMatchObject({ fault: "no-power", message: /gone after [0-7] of 8 keys/ });
    }
  });

  test("keys that wait when the power goes are refused, with how many were not; where all were down, the press is done", async () => {
    const keys = ["OK", ...PIN, "OK"];
    for (let before = 0; before < keys.length; before++) {
      await token.press(keys.slice(0, before));
      const rest = keys.slice(before);
      // A finger that stays for an hour: the first of these is down, and no other.
      const pressed = token.press(rest, { holdMs: 3_600_000 }).catch((error: unknown) => error);
      const waiting = token.press(["OFF", "OFF"]).catch((error: unknown) => error);
      await new Promise(setImmediate);
      // The interpreter does this behind that.
      await token.setClock({ driftPpm: 0 });
      await restart();
      expect(await pressed).toEqual(
        rest.length === 1
          ? undefined
          : expect.objectContaining({
              fault: "no-power",
              message: `the power was gone after 1 of ${rest.length} keys`,
            }),
      );
      expect(await waiting).toMatchObject({ fault: "no-power", message: /gone after 0 of 2 keys/ });
    }
  });

  test("the same flash gives the same code of the same time on the engine fast, and comes back", async () => {
    // The beginning of a time step: enough of it is left for a busy computer.
    const unixTime = Math.ceil(Date.now() / 30_000) * 30 + 86_401;
    await token.powerOff();
    const flash = await token.dumpFlash();
    const fast = await FastEngine.boot({ ...(await options(SERIAL)), flash, unixTime });
    const keys = ["OK", ...PIN, "OK", "1"];
    await fast.press(keys);
    await token.setClock({ unixTime });
    await token.powerOn();
    await token.press(keys);
    expect(await screen()).toContain("Time code");
    expect(await digits()).toBe(await digits(fast));

    await fast.powerOff();
    await token.powerOff();
    await token.loadFlash(await fast.dumpFlash());
    await fast.close();
    await token.powerOn();
    await token.press(["OK", ...PIN, "OK"]);
    expect(await screen()).toContain("Choose a code");
    await token.press(["OFF"]);
  });

  test("each press counts once, with bouncing contacts too, and a key can be held", async () => {
    await token.press(["OK", ...PIN, "OK", "2"]);
    await token.press(["1", "1", "2", "2", "2", "5"], { bounceMs: 8 });
    expect(await digits()).toBe("112225");
    await token.keyDown("7");
    await expect.poll(() => digits(), { timeout: 30_000 }).toBe("1122257");
    await token.keyUp("7");
    expect(await digits()).toBe("1122257");
    await token.press(["OFF"]);
  });

  test("a key is pressed while a finger stays on another one: the press ends, and so does everything behind it", async () => {
    await token.press(["OK", ...PIN, "OK", "2"]);
    await token.keyDown("5");
    await expect.poll(() => digits(), { timeout: 30_000 }).toBe("5");
    await token.press(["1"]);
    await token.press(["2"], { holdMs: 200, gapMs: 200 });
    // What a keypad sees of two fingers is a question of its rows: the one that stays is seen again once the other has left.
    await expect.poll(() => digits(), { timeout: 30_000 }).toBe("51525");
    await token.keyUp("5");
    await token.press(["OFF"]);
  });

  test("a bad line does to the bytes what it was told", async () => {
    const heard: string[] = [];
    const stop = token.onSerial((direction, text) => {
      if (direction === "to-token") heard.push(text);
    });
    await token.setSerialFaults([{ direction: "to-token", kind: "drop", every: 2, count: 2 }]);
    await token.send("abcdef");
    await token.setSerialFaults([]);
    stop();
    expect(heard.join("")).toBe("acef");
  });

  test("what it cannot do, or makes no sense, it refuses with a reason, and nothing has changed", async () => {
    const state = async () => [await screen(), await token.power(), (await token.clock()).driftPpm];
    const before = await state();
    const refused = async (call: Promise<unknown>, fault: EngineError["fault"]) => {
      const error = await call.then(
        () => undefined,
        (reason) => reason,
      );
      expect(error).toBeInstanceOf(EngineError);
      expect((error as EngineError).fault).toBe(fault);
    };
    expect(token.capabilities).toMatchObject({ timeTravel: false, advance: false, drift: true, flashFaults: false });
    await refused(token.advance(1000), "unsupported");
    await refused(token.snapshot(), "unsupported");
    await refused(token.restore({ version: 1, board: "pico-keypad", data: "", sha256: "" }), "unsupported");
    await refused(token.cutAtFlashOperation(1), "unsupported");
    await refused(token.flipFlashBits([1]), "unsupported");
    await refused(token.setClock({ speed: 2, driftPpm: 5 }), "unsupported");
    await refused(token.setClock({ unixTime: -1, driftPpm: 5 }), "invalid");
    await refused(token.press(["MENU", "NO SUCH KEY"]), "invalid");
    await refused(token.press(["MENU"], { holdMs: -1 }), "invalid");
    await refused(token.press(["MENU"], { bounceMs: 5000 }), "invalid");
    await refused(token.keyDown(""), "invalid");
    await refused(token.setBattery(99), "invalid");
    await refused(token.send("\u1ec1"), "invalid");
    await refused(token.dumpFlash(), "conflict");
    await refused(token.loadFlash(new Uint8Array(262_144)), "conflict");
    await refused(token.loadFlash(new Uint8Array(1)), "invalid");
    expect(await state()).toEqual(before);
  });

  test("an empty battery takes the power away, and a full one lets it come back", async () => {
    await token.setBattery(1.2);
    expect(await token.power()).toMatchObject({ on: false, batteryVolts: 1.2 });
    await expect(token.powerOn()).rejects.toMatchObject({ fault: "no-power" });
    await token.setBattery(3);
    await token.powerOn();
    expect((await token.power()).on).toBe(true);
  });

  test("a bundle that fails is an error with its reason, and leaves nothing behind", async () => {
    const before = folders();
    const good = await options("OC-GENUINE-2");
    const throwing = { ...good, bundle: "{install:function(){throw new Error('no room')},start:function(){}}" };
    await expect(EspruinoEngine.boot(throwing)).rejects.toThrow(/no room/);
    await expect(EspruinoEngine.boot({ ...good, bundle: "{" })).rejects.toThrow(/failed|ended/);
    await expect(EspruinoEngine.boot({ ...good, espruino: "/no/such/program" })).rejects.toThrow(/no interpreter/);
    expect(folders()).toEqual(before);
  });

  test("firmware that never rests, and an interpreter that hangs, are errors that say what to do; its power can be taken away", async () => {
    const good = await options("OC-GENUINE-4");
    const boot = (start: string) => EspruinoEngine.boot({ ...good, bundle: smallBundle({ start }) });
    // Half a second is long enough to count as rest at power on.
    const restless = await boot("function again() { setTimeout(again, 20); } setTimeout(again, 500);");
    const hanging = await boot("setTimeout(function () { while (true); }, 500);");
    try {
      const late = { holdMs: 1000 };
      const pressed = [restless.press(["1", "2"], late), hanging.press(["1"], late), hanging.keyDown("5")];
      const behind = restless.press(["3"], { holdMs: 3_600_000 });
      const [first, second, third] = await Promise.all(pressed.map((press) => press.catch((error) => error)));
      expect(first).toMatchObject({ fault: "failed", message: /did not come to rest in 60 s.*power away/ });
      expect(second).toMatchObject({ fault: "failed", message: /said nothing for 60 s.*power away/ });
      // This one may have been heard before it hung.
      if (third !== undefined) expect(third).toMatchObject({ fault: "failed" });
      // The interpreter does this behind that.
      await restless.setClock({ driftPpm: 0 });
      await Promise.all([restless.powerOff(), hanging.powerOff()]);
      // What waits behind a press that failed has its turn: the finger was down when the power went.
      await behind;
      await Promise.all([restless.powerOn(), hanging.powerOn()]);
      expect(await Promise.all([restless.power(), hanging.power()])).toMatchObject([{ on: true }, { on: true }]);
    } finally {
      await Promise.all([restless.close(), hanging.close()]);
    }
  });

  test("closing ends the interpreter and removes its folder", async () => {
    const before = folders();
    const other = await EspruinoEngine.boot(await options("OC-GENUINE-3"));
    const [folder] = folders().filter((name) => !before.includes(name));
    expect(existsSync(join(place, folder, "token.js"))).toBe(false);
    await other.close();
    expect(existsSync(join(place, folder))).toBe(false);
    await expect(other.press(["OK"])).rejects.toThrow(/closed/);
  });
});

// Reason to skip: the interpreter is the user's to supply; pico-keypad.test.ts says so in a line.
test.skipIf(interpreter === undefined)(
  "four buttons and another display are there on a genuine Espruino, too",
  async () => {
    const built = await builtBundle("pico-buttons");
    const install = { serial: SERIAL, ...laboratoryTransportKeys(SERIAL, built.manifest.model) };
    const token = await EspruinoEngine.boot({ ...built, install, espruino: interpreter as string });
    const screen = async () => (await token.screen()).lines.map((line) => line.text.trim()).join("\n");
    try {
      expect(await screen()).toContain("Not personalised");
      await token.press(["OK"], { holdMs: 2000, gapMs: 200 });
      expect(await screen()).toContain("pico-buttons / O");
      await token.press(["OK"]);
      expect(await screen()).toContain("Settings");
      await expect(token.press(["1"])).rejects.toThrow(/the keys are UP DOWN OK CLEAR/);
      await expect(token.setClock({ unixTime: 1_800_000_000 })).rejects.toMatchObject({ fault: "unsupported" });
      expect(token.faults).toEqual([]);
    } finally {
      await token.close();
    }
  },
);
