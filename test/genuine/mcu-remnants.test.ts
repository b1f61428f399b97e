/** Nothing of a seed, a PIN or a key is left in what a thief of the token can read once it is off: genuine Espruino on a simulated RP2040. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { builtBundle, PIN } from "../end-to-end/bank.ts";
import { NOW } from "../faults/desk.ts";
import { drawn } from "../faults/drawn-numbers.ts";
import { remnants, type Secret, withoutShown } from "../faults/remnants.ts";
import {
  type Known,
  madeOfSeeds,
  personaliseAll,
  SERIAL,
  secretDeeds,
  secretsOf,
  vaultKey,
} from "../faults/secret-deeds.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

vi.mock("node:crypto", async (original) => (await import("../faults/drawn-numbers.ts")).remembering(await original()));

// The device's own hash, which says what HMAC keeps of a key, asks the interpreter.
vi.stubGlobal("E", { toUint8Array: (text: string) => new Uint8Array(Buffer.from(text, "latin1")) });

const AUTO_OFF_MS = 31_000;

// Reason to skip: image and boot ROM are the user's to supply; mcu.test.ts says so in a line.
describe.skipIf(!rp2040Supplied)("a token that went off by itself", { timeout: 3_600_000 }, () => {
  let engine: McuEngine;
  const known: Known = { activationCode: "", verifySeed: new Uint8Array(0) };
  /** What the flash of a board of class O holds only masked by the PIN, and what it holds in clear: keys of sessions, orders, unlocking. */
  let masked: Secret[];
  let keys: Secret[];
  /** What the token makes of its seeds, and is as good as they are. */
  let made: Secret[];
  let frames = "";
  const shown = new Set<string>();
  beforeAll(async () => {
    engine = await McuEngine.boot({
      ...(await builtBundle()),
      ...(await rp2040Files()),
      install: { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) },
      unixTime: NOW,
      speed: 0,
    });
    engine.onSerial((_, text) => {
      frames += text;
    });
    engine.onScreen(({ lines }) => {
      for (const { text } of lines) shown.add(text);
    });
    const before = engine.board.ram;
    known.activationCode = await personaliseAll(engine);
    ({ masked, keys } = secretsOf(drawn, known));
    made = madeOfSeeds(masked);
    // What is found later is no chance: nothing like it was there before.
    expect(remnants(before, [...masked, ...made])).toEqual([]);
  }, 3_600_000);
  afterAll(() => engine?.close());

  /** Dark, with nothing of it in RAM, and nothing in the flash but the keys that no PIN masks. */
  const expectClean = async () => {
    await engine.advance(AUTO_OFF_MS);
    expect((await engine.screen()).on).toBe(false);
    const flash = await engine.dumpFlash();
    const opened = [...made, ...vaultKey(flash, known)];
    expect(remnants(withoutShown(engine.board.ram, shown), [...masked, ...keys, ...opened])).toEqual([]);
    expect(remnants(flash, [...masked, ...opened])).toEqual([]);
  };

  test("after its personalisation has none of it in its RAM, and said none of it on its line", async () => {
    expect(frames.length).toBeGreaterThan(500);
    expect(remnants(Buffer.from(frames, "latin1"), [...masked, ...keys])).toEqual([]);
    // The keys that no PIN masks are in the flash: the search finds what is there.
    expect(remnants(await engine.dumpFlash(), keys).length).toBeGreaterThan(32);
    await expectClean();
  });

  test.each(secretDeeds)("after $name has none of it in its RAM or flash", async ({ perform, shows }) => {
    await perform(engine, known);
    const screen = (await engine.screen()).lines.map(({ text }) => text.trim()).join("\n");
    expect(screen, screen).toMatch(shows);
    await expectClean();
  });

  test("and a search of a token whose PIN was typed finds what it has made of each seed, and after a code nothing", async () => {
    await engine.press(["OK", ...PIN, "OK"]);
    const found = remnants(engine.board.ram, made).join("\n");
    for (const { name } of made) expect(found).toContain(name);
    // With the first code it is gone, while that still stands there.
    await engine.press(["1"]);
    expect((await engine.screen()).lines.map(({ text }) => text).join()).toMatch(/\d{4} \d{4}/);
    const opened = [...made, ...vaultKey(await engine.dumpFlash(), known)];
    expect(remnants(withoutShown(engine.board.ram, shown), [...masked, ...opened])).toEqual([]);
    // And where none is taken, when it goes dark.
    await engine.press(["OFF", "OK", ...PIN, "OK"]);
    await expectClean();
  });

  test("and a search that finds four bytes that are put there has found none on its line either", () => {
    const { ram } = engine.board;
    ram.set(masked[0].bytes.subarray(9, 13), 100_001);
    expect(remnants(ram, masked)).toHaveLength(1);
    expect(remnants(Buffer.from(frames, "latin1"), [...masked, ...keys])).toEqual([]);
  });
});
