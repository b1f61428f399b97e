/** A bank's test, with vitest: all that it knows of Ochre is the package. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FastEngine, readBuilt } from "ochre-token/emulator";
import {
  createKeystore,
  enrolmentAad,
  hashes,
  LaboratoryKeyService,
  laboratoryTransportKeys,
  openSeed,
  openSerialTransport,
  personalise,
  readKeystore,
} from "ochre-token/host-tools";
import { totp } from "ochre-token/protocol/otp/totp";
import { bootToken, codeOf, fixtureInstallation } from "ochre-token/testing";
import { expect, test } from "vitest";
import "ochre-token/testing/vitest";

const SERIAL = "BANK-0001";
const PIN = "274913";
const NOW = 1_800_000_000;

test("a token boots and shows who it is", async () => {
  await using token = await bootToken({ port: false });
  expect(token).toShow("FIXTURE-00000001");
  expect(token).not.toShowCode();
  expect(token).toMatchScreen("home");
  token.press("MENU");
  expect(token).toMatchScreen("about");
});

test("the code on its screen is the one of RFC 6238, after a personalisation through its serial port", async () => {
  await using token = await bootToken({
    unixTime: NOW,
    install: { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) },
  });
  const folder = await mkdtemp(join(tmpdir(), "bank-"));
  await createKeystore(join(folder, "keystore.json"));
  const keystore = await readKeystore(join(folder, "keystore.json"));
  if (keystore === undefined) throw new Error("no keystore");
  await rm(folder, { recursive: true });
  const enrolmentKey = new Uint8Array(keystore.enrolmentKey);
  const transport = await openSerialTransport(token.path);
  const clock = { now: () => NOW * 1000, sleep: async () => {} };
  const enrolment = await personalise(transport, new LaboratoryKeyService(keystore), { clock });
  await transport.close();

  token.press("OK", ...PIN, "OK", ...PIN, "OK", "OK", ...PIN, "OK", "1");
  expect(token).toShowCode({ digits: 8 });
  expect(token).toMatchScreen("time code", { maskCode: true, mask: [{ y: 56, height: 8 }] });
  const { slot, suite, sealedSeed } = enrolment.credentials[0];
  const seed = openSeed(enrolmentKey, enrolmentAad(SERIAL, slot, suite), sealedSeed);
  expect(codeOf(token)).toBe(totp(hashes.sha256, seed, token.machine.clock.unixTime, 30, 0, 8));
});

test("the engine behind it is there too, and its screens have the same matchers", async () => {
  const engine = await FastEngine.boot({ ...(await readBuilt("pico-keypad")), install: fixtureInstallation });
  expect(await engine.screen()).toShow("OCHRE");
  await engine.close();
});
