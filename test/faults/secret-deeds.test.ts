/** All ways to a code, one after the other, on the engine fast: each comes to its end, and its secrets are nowhere in the flash. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { builtBundle } from "../end-to-end/bank.ts";
import { NOW } from "./desk.ts";
import { remnants, type Secret } from "./remnants.ts";
import { type Known, personaliseAll, SERIAL, secretDeeds, secretsOf } from "./secret-deeds.ts";

/** All that the key service drew: seeds among it. */
const drawn: Uint8Array[] = vi.hoisted(() => []);
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  let count = 0;
  return {
    ...crypto,
    randomInt: (most: number) => crypto.createHash("sha512").update(`number ${count++}`).digest()[0] % most,
    randomBytes: (size: number) => {
      const bytes = crypto.createHash("sha512").update(`draw ${count++}`).digest().subarray(0, size);
      drawn.push(new Uint8Array(bytes));
      return Buffer.from(bytes);
    },
  };
});

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
  expect(remnants(await engine.dumpFlash(), masked)).toEqual([]);
});
