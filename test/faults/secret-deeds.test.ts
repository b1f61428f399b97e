/** All ways to a code, one after the other, on the engine fast: each comes to its end, and its secrets are nowhere in the flash. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { builtBundle } from "../end-to-end/bank.ts";
import { NOW } from "./desk.ts";
import { drawn } from "./drawn-numbers.ts";
import { remnants, type Secret } from "./remnants.ts";
import { type Known, madeOfSeeds, personaliseAll, SERIAL, secretDeeds, secretsOf, vaultKey } from "./secret-deeds.ts";

vi.mock("node:crypto", async (original) => (await import("./drawn-numbers.ts")).remembering(await original()));

// The device's own hash, which says what HMAC keeps of a key, asks the interpreter.
vi.stubGlobal("E", { toUint8Array: (text: string) => new Uint8Array(Buffer.from(text, "latin1")) });

let engine: FastEngine;
let masked: Secret[];
const known: Known = { activationCode: "", verifySeed: new Uint8Array(0) };
beforeAll(async () => {
  const install = { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) };
  engine = await FastEngine.boot({ ...(await builtBundle()), install, unixTime: NOW });
  known.activationCode = await personaliseAll(engine);
  ({ masked } = secretsOf(drawn, known));
});
afterAll(() => engine.close());

test.each(secretDeeds)("after $name its secrets are not in the flash", async ({ perform, shows }) => {
  await perform(engine, known);
  expect((await engine.screen()).lines.map(({ text }) => text.trim()).join("\n")).toMatch(shows);
  await engine.advance(31_000);
  expect((await engine.screen()).on).toBe(false);
  const flash = await engine.dumpFlash();
  expect(remnants(flash, [...masked, ...madeOfSeeds(masked), ...vaultKey(flash, known)])).toEqual([]);
});
