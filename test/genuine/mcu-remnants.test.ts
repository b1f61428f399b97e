/** Nothing of a seed or a PIN is left in what a thief of the token can read once it is off: genuine Espruino on a simulated RP2040. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { makeChallenge } from "../../protocol/otp/challenge.ts";
import { builtBundle, memoryTransport, openBank, PIN } from "../end-to-end/bank.ts";
import { remnants, type Secret, secretsOfPin } from "../faults/remnants.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

/** All that the key service drew: seeds among it. The same in every run, so that no chance finds what is not there. */
const drawn: Uint8Array[] = vi.hoisted(() => []);
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  let count = 0;
  return {
    ...crypto,
    randomBytes: (size: number) => {
      const bytes = crypto.createHash("sha512").update(`draw ${count++}`).digest().subarray(0, size);
      drawn.push(new Uint8Array(bytes));
      return Buffer.from(bytes);
    },
  };
});

const SERIAL = "OC-REMNANTS";
const SEED_LENGTH = 32;
const AUTO_OFF_MS = 31_000;
const CHALLENGE = makeChallenge("3456", "20117");

// Reason to skip: image and boot ROM are the user's to supply; mcu.test.ts says so in a line.
describe.skipIf(!rp2040Supplied)("a token that went off by itself", { timeout: 1_800_000 }, () => {
  let engine: McuEngine;
  let secrets: Secret[];
  let frames = "";
  beforeAll(async () => {
    const bank = await openBank();
    const token = await bank.token(SERIAL);
    const before = drawn.length;
    const transport = memoryTransport(token);
    const { receive, onTransmit } = token.machine;
    token.machine.receive = (text) => {
      frames += text;
      receive.call(token.machine, text);
    };
    token.machine.onTransmit = (text) => {
      frames += text;
      onTransmit(text);
    };
    await bank.provision(transport);
    const seeds = drawn.slice(before).filter(({ length }) => length === SEED_LENGTH);
    secrets = [...seeds.map((bytes, i) => ({ name: `seed ${i + 1}`, bytes })), ...secretsOfPin(PIN)];
    const flash = token.machine.flashDump();
    await bank.close();
    // Before there is a PIN the seeds are in the flash: the search finds what is there.
    expect(remnants(flash, secrets).length).toBeGreaterThan(SEED_LENGTH);

    engine = await McuEngine.boot({
      ...(await builtBundle()),
      ...(await rp2040Files()),
      install: { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) },
      flash,
      unixTime: 2_000_000_600,
      speed: 0,
    });
    await engine.press(["OK", ...PIN, "OK", ...PIN, "OK", "OK"]);
    await engine.press([...PIN, "OK", "1"]);
    await engine.press(["OFF", "OK", ...PIN, "OK", "2", ...CHALLENGE, "OK", "OK"]);
    await engine.advance(AUTO_OFF_MS);
  }, 1_800_000);
  afterAll(() => engine?.close());

  test("is dark", async () => {
    expect((await engine.screen()).on).toBe(false);
  });

  test("has none of it in its RAM", () => {
    const { ram } = engine.board;
    expect(remnants(ram, secrets)).toEqual([]);
    // The same search finds four bytes that are put there.
    ram.set(secrets[0].bytes.subarray(9, 13), 100_001);
    expect(remnants(ram, secrets)).toHaveLength(1);
  });

  test("has none of it in its flash", async () => {
    expect(remnants(await engine.dumpFlash(), secrets)).toEqual([]);
  });

  test("said none of it on its line while it was personalised", () => {
    expect(frames.length).toBeGreaterThan(500);
    expect(remnants(Buffer.from(frames, "latin1"), secrets)).toEqual([]);
  });
});
