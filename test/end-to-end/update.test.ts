/** A token in a customer's hand gets a newer firmware at the bank's desk. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bootToken, type Token } from "../../emulator/testing/token.ts";
import { wire } from "../../host-tools/crypto/node.ts";
import { tokenInfo } from "../../host-tools/device/token.ts";
import type { Transport } from "../../host-tools/device/transport.ts";
import { LABORATORY_KEY_VERSION, laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import type { HostClock } from "../../host-tools/provisioning/host-clock.ts";
import { TokenSession } from "../../host-tools/provisioning/token-session.ts";
import { type FirmwareRelease, updateFirmware } from "../../host-tools/provisioning/update-firmware.ts";
import { encodeCommand } from "../../protocol/apdu/command.ts";
import { installForLoad } from "../../protocol/apdu/install.ts";
import { load } from "../../protocol/apdu/load.ts";
import { parseResponse } from "../../protocol/apdu/response.ts";
import { IMAGE_HEADER_LENGTH, parseImageHeader, versionNumber } from "../../protocol/image/firmware-image.ts";
import { remembered } from "../faults/cut-points.ts";
import { type Bank, builtBundle, memoryTransport, openBank, readTimeCode, setPin } from "./bank.ts";
import { release } from "./newer-firmware.ts";

const SERIAL = "OC-UPDATE-1";

/** The versions of all images whose header is whole, in the pages of a flash. */
function wholeImages(flash: Uint8Array): number[] {
  const found: number[] = [];
  for (let page = 0; page < flash.length; page += 4096) {
    const header = parseImageHeader(flash.slice(page, page + IMAGE_HEADER_LENGTH), wire.crc32);
    if (header !== undefined) found.push(header.version);
  }
  return found;
}

describe("a firmware update", { timeout: 120_000 }, () => {
  let bank: Bank;
  let token: Token;
  let transport: Transport;
  let next: FirmwareRelease;
  beforeAll(async () => {
    bank = await openBank();
    token = await bank.token(SERIAL);
    transport = memoryTransport(token);
    await bank.provision(transport);
    await setPin(token);
    next = await release("0.2.0");
  }, 60_000);
  afterAll(() => bank.close());

  const clock: HostClock = {
    now: () => bank.clock.now(),
    sleep: (ms) => bank.wait(ms / 1000),
  };
  const update = (to: FirmwareRelease, progress?: (done: number, total: number) => void) =>
    updateFirmware(transport, bank.keyService, async () => to, { clock, progress });
  const session = async () => {
    const info = await tokenInfo(transport);
    return TokenSession.open(transport, bank.keyService, info, info.keyVersion);
  };
  const screen = () => token.screen().join("\n");

  test("changes the version and nothing that the token remembers: its PIN opens it, its codes are right", async () => {
    const before = remembered(token.machine.flashDump());
    const seen = new Set<string>();
    const told = await update(next, () => seen.add(screen()));
    expect([...seen]).toEqual([expect.stringMatching(/Updating[\s\S]*Do not unplug/)]);
    expect(told).toMatchObject({ oldVersion: "0.1.0", newVersion: "0.2.0", already: false });
    expect(told.digest).toBe(Buffer.from(next.digest).toString("hex"));
    expect(told.token).toMatchObject({ firmwareVersion: "0.2.0", serial: SERIAL });
    const after = remembered(token.machine.flashDump());
    // The counter of sessions: two were begun.
    for (const entries of [before, after]) delete entries[3];
    expect(after).toEqual(before);
    await bank.wait(60);
    expect(await bank.validate(SERIAL, await readTimeCode(token))).toBe("accepted");
  });

  test("can be done again and again, from one slot into the other, and outlasts every loss of power", async () => {
    for (const version of ["0.2.1", "0.2.2", "0.3.0"]) {
      await update(await release(version));
      token.machine.powerOff();
      token.machine.powerOn();
      expect((await tokenInfo(transport)).firmwareVersion).toBe(version);
      // Of those before nothing is left that a start would take, whatever becomes of this one.
      expect(wholeImages(token.machine.flashDump())).toEqual([versionNumber(version)]);
    }
    next = await release("0.3.0");
  });

  test("is not done for the version that the token has, and refused for an older one, by the host and by the token", async () => {
    expect(await update(await release("0.3.0"))).toMatchObject({ already: true, bytes: 0 });
    await expect(update(next)).resolves.toMatchObject({ already: true });
    await expect(update(await release("0.2.2"))).rejects.toThrow(/0\.3\.0, and 0\.2\.2 is older.*Nothing was changed/);
    for (const version of ["0.3.0", "0.2.2", "0.0.1"]) {
      const old = await release(version);
      const open = await session();
      const command = await open.channel.installForLoad(old.digest, old.header);
      await expect(open.send("INSTALL [for load]", command)).rejects.toMatchObject({ statusWord: 0x6a89 });
      await open.end();
    }
  });

  test("for another board is refused, and so is an image that is larger than a slot", async () => {
    const other = await release("9.0.0", { board: "pico-buttons" });
    await expect(update(other)).rejects.toMatchObject({ statusWord: 0x6a80 });
    const large = await release("9.0.0", { change: (bundle) => bundle + " ".repeat(98_304) });
    await expect(update(large)).rejects.toMatchObject({ statusWord: 0x6a84 });
    expect((await tokenInfo(transport)).firmwareVersion).toBe("0.3.0");
  });

  test("that is broken off leaves the old firmware, gives the display back, and begins anew the next time", async () => {
    const far = await release("0.4.0");
    const pulled = new Error("the cable is pulled");
    await expect(
      update(far, (done, total) => {
        if (done > total / 2) throw pulled;
      }),
    ).rejects.toBe(pulled);
    expect(screen()).not.toContain("Updating");
    token.machine.powerOff();
    token.machine.powerOn();
    expect((await tokenInfo(transport)).firmwareVersion).toBe("0.3.0");
    await update(far);
    expect((await tokenInfo(transport)).firmwareVersion).toBe("0.4.0");
  });

  test("whose bytes are not those that were announced never counts, nor one that lacks a block", async () => {
    const far = await release("0.5.0");
    const changed = new Uint8Array(far.body);
    changed[50_000] ^= 1;
    await expect(update({ ...far, body: changed })).rejects.toMatchObject({ statusWord: 0x6581 });
    const open = await session();
    await open.send("INSTALL", await open.channel.installForLoad(far.digest, far.header));
    await open.send("LOAD", await open.channel.load(0, false, far.body.subarray(0, 236)));
    const early = open.send("INSTALL", await open.channel.installForMakeSelectable());
    await expect(early).rejects.toMatchObject({ statusWord: 0x6985 });
    await open.end();
    for (const [number, last, bytes] of [
      [1, false, 236],
      [0, true, 236],
      [0, false, 234],
    ] as const) {
      const again = await session();
      await again.send("INSTALL", await again.channel.installForLoad(far.digest, far.header));
      const wrong = again.send("LOAD", await again.channel.load(number, last, far.body.subarray(0, bytes)));
      await expect(wrong).rejects.toThrow();
      await again.end();
    }
    token.machine.powerOff();
    token.machine.powerOn();
    expect((await tokenInfo(transport)).firmwareVersion).toBe("0.4.0");
  });

  test("that does not start is not kept: the old firmware goes on, with all that it remembers", async () => {
    const broken = await release("0.6.0", {
      change: (bundle) => `(function(){throw new Error("bad")})()${" ".repeat(bundle.length)}`,
    });
    await expect(update(broken)).rejects.toThrow(/took firmware 0\.6\.0 and did not start with it.*has lost nothing/);
    expect((await tokenInfo(transport)).firmwareVersion).toBe("0.4.0");
    await bank.wait(60);
    expect(await bank.validate(SERIAL, await readTimeCode(token))).toBe("accepted");
    // Its version was never that of this token.
    await update(await release("0.6.0"));
    expect((await tokenInfo(transport)).firmwareVersion).toBe("0.6.0");
  });

  test("is nobody's but the issuer's: not without a session, not under the keys of the factory", async () => {
    const { digest, header, body } = await release("0.9.0");
    for (const command of [installForLoad({ hash: digest, header }), load(0, false, body.subarray(0, 236))])
      for (const cla of [0x80, 0x84]) {
        const answer = await transport.exchange(encodeCommand({ ...command, cla }));
        expect([0x6d00, 0x6982]).toContain(parseResponse(answer).statusWord);
      }
    const serial = "OC-UPDATE-2";
    const factory = await bank.token(serial);
    const line = memoryTransport(factory);
    const info = await tokenInfo(line);
    await expect(updateFirmware(line, bank.keyService, async () => next, { clock })).rejects.toThrow(
      /not personalised/,
    );
    const open = await TokenSession.open(line, bank.keyService, info, info.keyVersion);
    const install = open.send("INSTALL", await open.channel.installForLoad(digest, header));
    await expect(install).rejects.toMatchObject({ statusWord: 0x6985 });
  });
});

test("a token whose flash an emulator keeps runs what it was updated to, until it is given a newer bundle", async () => {
  const built = await builtBundle();
  const install = { serial: SERIAL, ...laboratoryTransportKeys(SERIAL), keyVersion: LABORATORY_KEY_VERSION };
  const bank = await openBank();
  const first = await bank.token(SERIAL);
  await bank.provision(memoryTransport(first));
  const clock: HostClock = { now: () => bank.clock.now(), sleep: (ms) => bank.wait(ms / 1000) };
  const updated = await updateFirmware(memoryTransport(first), bank.keyService, () => release("0.2.0"), { clock });
  const flash = first.machine.flashDump();
  await bank.close();
  // A flash may come from anywhere: what it holds is run where somebody says so.
  await expect(bootToken({ ...built, install, flash })).rejects.toMatchObject({
    fault: "foreign-firmware",
    message: expect.stringContaining(`--firmware ${updated.digest}`),
  });
  const second = await bootToken({ ...built, install, flash, trustedFirmware: [updated.digest] });
  expect((await tokenInfo(memoryTransport(second))).firmwareVersion).toBe("0.2.0");
  await second.close();
  const { header } = await release("0.3.0");
  const newer = {
    bundle: built.bundle.replaceAll('"0.1.0"', '"0.3.0"'),
    manifest: { ...built.manifest, imageHeader: Buffer.from(header).toString("base64") },
  };
  const third = await bootToken({ ...newer, install, flash });
  expect((await tokenInfo(memoryTransport(third))).firmwareVersion).toBe("0.3.0");
  await third.close();
});
