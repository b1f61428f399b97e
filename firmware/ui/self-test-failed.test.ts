/**
 * A token whose machine code is not what was installed: it belongs to the bank, and guards no PIN and no key until it was there. The
 * board's processor is not needed to see that: the bytes are wrong wherever they lie.
 */
import { beforeAll, describe, expect, test } from "vitest";
import "../../emulator/testing/vitest.ts";
import type { Manifest } from "../../emulator/machine/manifest.ts";
import { bootToken } from "../../emulator/testing/token.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import type { PersonaliseOptions } from "../../host-tools/provisioning/personalise.ts";
import { LANGUAGE_ENGLISH, LANGUAGE_VIETNAMESE } from "../../protocol/apdu/credential-kind.ts";
import { builtBundle } from "../../test/end-to-end/bank.ts";
import { personaliseToken } from "../../test/end-to-end/personalised.ts";
import { storage } from "../boards/pico-wiring.ts";
import { routines } from "../crypto/routines.part.ts";

const SERIAL = "OC-BROKEN-0001";
const PIN = "274913";
const NOW = 1_800_000_005;
const LIMIT = 5;

/** The board with one bit of SHA-256 the other way. */
async function brokenBoard(): Promise<{ bundle: string; manifest: Manifest }> {
  const { bundle, manifest } = await builtBundle();
  const code = Buffer.from(manifest.files[storage.native], "base64");
  code[routines().sha256.at + 700] ^= 8;
  const files = { ...manifest.files, [storage.native]: code.toString("base64") };
  return { bundle, manifest: { ...manifest, files } };
}

const factory = async (board: Awaited<ReturnType<typeof brokenBoard>>) =>
  bootToken({ ...board, port: false, unixTime: NOW, install: { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) } });

/** The flash of a token that a bank personalised while all was well. */
async function personalised(options: PersonaliseOptions, keys: string[] = []): Promise<Uint8Array> {
  await using token = await factory(await builtBundle());
  await personaliseToken(token, NOW, options);
  token.press(...keys);
  return token.machine.flashDump();
}

describe.each([
  ["vi", LANGUAGE_VIETNAMESE],
  ["en", LANGUAGE_ENGLISH],
] as const)("in %s", (name, language) => {
  let issued: Uint8Array;
  let active: Uint8Array;
  beforeAll(async () => {
    issued = await personalised({ policy: { language } });
    active = await personalised({ policy: { language } }, ["OK", ...PIN, "OK", ...PIN, "OK"]);
  });
  const broken = async (flash: Uint8Array) =>
    bootToken({ ...(await brokenBoard()), port: false, unixTime: NOW, flash });

  test("the self-test says what is wrong and what computes now", async () => {
    await using token = await broken(active);
    token.press("MENU", "OK", "2");
    expect(token).toMatchScreen(`${name}/self-test-failed`);
  });

  test("a PIN is not judged, and its try is not counted", async () => {
    await using token = await broken(active);
    token.press("OK", ...PIN, "OK");
    expect.soft(token).toMatchScreen(`${name}/take-it-to-your-bank`);
    token.press("OK", "OK", "MENU");
    expect(token.text().trim()).toMatch(new RegExp(`: ${LIMIT}$`));
  });

  test("no first PIN is set, and none is changed", async () => {
    await using first = await broken(issued);
    const before = first.machine.flashDump();
    first.press("OK", ...PIN, "OK");
    expect.soft(first).toMatchScreen(`${name}/take-it-to-your-bank`);
    expect(first.machine.flashDump()).toEqual(before);
    await using second = await broken(active);
    second.press("MENU", "OK", "1", ...PIN, "OK");
    expect.soft(second).toMatchScreen(`${name}/take-it-to-your-bank`);
  });
});

test("an activation code is not judged either: no PIN takes its place", async () => {
  let code = "";
  const flash = await personalised({
    activation: { days: 3 },
    beforeCommit: async (_, letter) => {
      code = letter!.activationCode.replaceAll(" ", "");
    },
  });
  await using token = await bootToken({ ...(await brokenBoard()), port: false, unixTime: NOW, flash });
  const before = token.machine.flashDump();
  token.press("OK", ...code, "OK");
  expect(token.text()).toContain("Self-test failed");
  expect(token.machine.flashDump()).toEqual(before);
});

test("a bank's seeds are refused before they travel, and the token stays as it was", async () => {
  await using token = await factory(await brokenBoard());
  const before = token.text();
  await expect(personaliseToken(token, NOW, {})).rejects.toThrow("self-test failed");
  token.advance({ minutes: 2 });
  token.press("CLEAR");
  expect(token.text()).toBe(before);
});
