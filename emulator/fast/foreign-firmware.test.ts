/** What a flash brings is a program without a sandbox: it runs where somebody has named it, or sent it over this engine's own line. */
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import type { Manifest } from "../machine/manifest.ts";
import { RecordingEngine } from "../recording.ts";
import { trace } from "../testing/random-steps.ts";
import { digestOf, type SlotImage, slotImage, withImage } from "../testing/slot-image.ts";
import { smallBundle, smallManifest } from "../testing/small-bundle.ts";
import { bootToken, fixtureInstallation } from "../testing/token.ts";
import { type FastBootOptions, FastEngine } from "./fast-engine.ts";

const PAGE = 4096;
const manifest: Manifest = {
  ...smallManifest,
  storage: { ...smallManifest.storage, slotBytes: PAGE, imagesFileBytes: 3 * PAGE },
};

/** Firmware that writes what a host sends into its first slot, and restarts when it is told to. */
const UPDATES = `
  var text = "";
  USB.on("data", function (data) {
    text += data;
    if (text.slice(-4) === "!END") {
      var storage = require("Storage").read("ochre");
      var flash = require("Flash"), base = E.getAddressOf(storage, true), at = base + (-base & 4095);
      flash.erasePage(at);
      flash.write(text.slice(0, -4), at);
      text = "";
    } else if (text.slice(-3) === "!GO") load();
  });`;
const firmware = (name: string, { members = "", start = UPDATES } = {}) =>
  smallBundle({ start, members: `name: function () { return "${name}"; }, ${members}` });
const bundle = firmware("given");
/** What runs in the emulator's process can do anything: this one says so. */
const mischief = 'declared: (function () { return this; }).constructor("globalThis.ochreRan = true")()';
const foreign = slotImage(firmware("foreign", { members: mischief }), 2);
const sent = slotImage(firmware("sent"), 2);

const ran = () => (globalThis as { ochreRan?: boolean }).ochreRan ?? false;
afterEach(() => {
  const before = ran();
  delete (globalThis as { ochreRan?: boolean }).ochreRan;
  expect(before, "a firmware that nobody named has run").toBe(false);
});

const boot = (options: Partial<FastBootOptions> = {}) =>
  FastEngine.boot({ bundle, manifest, install: fixtureInstallation, ...options });
const nameOf = (engine: FastEngine) => (engine.machine.exports as unknown as { name: () => string }).name();
const bytes = ({ header, body }: SlotImage) => Buffer.concat([header, body]).toString("latin1");

async function update(engine: Pick<FastEngine, "send">, image: SlotImage): Promise<void> {
  await engine.send(`${bytes(image)}!END`);
  await engine.send("!GO");
}

/** A flash with an image in it that this process never was sent. */
async function flashWith(image: SlotImage): Promise<Uint8Array> {
  const engine = await boot();
  const flash = withImage(await engine.dumpFlash(), manifest, image);
  await engine.close();
  return flash;
}

const refusal = (image: SlotImage) => ({
  fault: "foreign-firmware",
  message: expect.stringMatching(new RegExp(`this flash holds firmware 0\\.0\\.2 .*--firmware ${digestOf(image)}`)),
});

/** It is refused, says why, and the token is what it was. */
async function changesNothing(engine: FastEngine, call: () => Promise<void>, image = foreign): Promise<void> {
  const before = [await engine.snapshot(), await trace(engine, [])];
  await expect(call()).rejects.toMatchObject(refusal(image));
  expect([await engine.snapshot(), await trace(engine, [])]).toEqual(before);
  expect(await engine.power().then(({ on }) => on && nameOf(engine))).not.toBe("foreign");
}

describe("firmware that a flash brings is not run, and nothing changes", () => {
  test("at boot, on the engine and as a test's token", async () => {
    const flash = await flashWith(foreign);
    const options = { bundle, manifest, install: fixtureInstallation, flash };
    await expect(boot({ flash })).rejects.toMatchObject(refusal(foreign));
    await expect(bootToken({ ...options, port: false })).rejects.toMatchObject(refusal(foreign));
    const engine = await boot();
    await engine.powerOff();
    const state = { ...engine.machine.state!, pages: [...Array(64).keys()].map((page) => page) };
    const pages = state.pages.map((page): [number, Uint8Array] => [page, flash.slice(page * PAGE, (page + 1) * PAGE)]);
    const given = { bundle, manifest, install: fixtureInstallation, port: false, state: { ...state, pages } };
    await expect(bootToken(given)).rejects.toMatchObject(refusal(foreign));
  });

  test("when it is loaded", async () => {
    const engine = await boot();
    await engine.powerOff();
    const flash = await flashWith(foreign);
    await changesNothing(engine, () => engine.loadFlash(flash));
    await engine.powerOn();
    expect(nameOf(engine)).toBe("given");
  });

  test("in another engine's snapshot and recording", async () => {
    const other = await boot({ flash: await flashWith(sent), trustedFirmware: [digestOf(sent)] });
    expect(nameOf(other)).toBe("sent");
    const snapshot = JSON.parse(JSON.stringify(await other.snapshot()));
    const recorder = new RecordingEngine(other);
    await recorder.startRecording();
    await recorder.press(["1"]);
    const recording = JSON.parse(JSON.stringify(await recorder.stopRecording()));
    const engine = await boot();
    await changesNothing(engine, () => engine.restore(snapshot), sent);
    await changesNothing(engine, () => engine.replay(recording), sent);
    const trusting = await boot({ trustedFirmware: [digestOf(sent).toUpperCase()] });
    await trusting.restore(snapshot);
    expect(nameOf(trusting)).toBe("sent");
    await trusting.replay(recording);
    expect(nameOf(trusting)).toBe("sent");
  });

  test("that another engine's snapshot or recording says came over a line", async () => {
    const other = new RecordingEngine(await boot());
    const plain = await boot();
    await other.startRecording();
    await other.send(`${bytes(sent)}!END`);
    const halfway = JSON.parse(JSON.stringify(other.recording));
    const loaded = JSON.parse(JSON.stringify(await other.snapshot()));
    await other.send("!GO");
    const restarted = JSON.parse(JSON.stringify(await other.snapshot()));
    const recording = JSON.parse(JSON.stringify(await other.stopRecording()));
    await changesNothing(plain, () => plain.restore(restarted), sent);
    // What was not run yet may be there; it is not made this engine's own by being kept and put back.
    await plain.restore(loaded);
    await plain.restore(await plain.snapshot());
    await expect(plain.send("!GO")).rejects.toMatchObject(refusal(sent));
    expect((await plain.power()).on).toBe(false);
    await changesNothing(plain, () => plain.powerOn(), sent);
    await plain.restore(loaded);
    await plain.powerOff();
    await changesNothing(plain, () => plain.powerOn(), sent);
    const player = await boot();
    await player.replay(halfway);
    await player.restore(await player.snapshot());
    await expect(player.send("!GO")).rejects.toMatchObject(refusal(sent));
    await expect(player.replay(recording)).rejects.toMatchObject(refusal(sent));
    expect((await player.power()).on).toBe(false);
  });

  test("once any bit of it has turned over, until that turns back", async () => {
    const engine = await boot();
    await update(engine, sent);
    expect(nameOf(engine)).toBe("sent");
    await engine.powerOff();
    const kept = await engine.snapshot();
    const at = Buffer.from(await engine.dumpFlash()).indexOf(Buffer.from(sent.body));
    const bundleBits = fc.uniqueArray(fc.nat(sent.body.length * 8 - 8 * 4), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(bundleBits, async (bits) => {
        const flipped = bits.map((bit) => at * 8 + bit);
        await engine.flipFlashBits(flipped);
        await expect(engine.powerOn()).rejects.toMatchObject({ fault: "foreign-firmware" });
        expect((await engine.power()).on).toBe(false);
        await engine.flipFlashBits(flipped);
        await engine.powerOn();
        expect(nameOf(engine)).toBe("sent");
        await engine.restore(kept);
      }),
      { numRuns: runs(20) },
    );
    await engine.powerOn();
    // Its firmware restarts over what has changed below it: the power goes, rather than that another program is shown.
    await engine.flipFlashBits([at * 8]);
    await expect(engine.send("!GO")).rejects.toMatchObject({ fault: "foreign-firmware" });
    expect((await engine.power()).on).toBe(false);
    const afterwards = await engine.snapshot();
    await engine.restore(afterwards);
    expect(await engine.snapshot()).toEqual(afterwards);
  });

  test("though it was sent here, where a genuine interpreter would fail at it", async () => {
    const bad = slotImage(firmware("bad", { members: "f: function (x) { return x.flat(); }" }), 2);
    const why = { fault: "foreign-firmware", message: expect.stringContaining(".flat is missing") };
    const engine = await boot();
    await engine.send(`${bytes(bad)}!END`);
    await expect(engine.send("!GO")).rejects.toMatchObject(why);
    expect((await engine.power()).on).toBe(false);
    const named = { flash: await flashWith(bad), trustedFirmware: [digestOf(bad)] };
    await expect(boot(named)).rejects.toMatchObject(why);
    const token = await bootToken({ bundle, manifest, install: fixtureInstallation, port: false });
    token.send(`${bytes(bad)}!END`);
    expect(() => token.send("!GO")).toThrow(/\.flat is missing/);
    expect(token.machine.powered).toBe(false);
  });
});

describe("firmware that a host sent to this engine", () => {
  test("runs, and goes on in its snapshots, its dumps and its recordings", async () => {
    const engine = await boot();
    const recorder = new RecordingEngine(engine);
    await recorder.startRecording();
    const before = await engine.snapshot();
    await recorder.send(`${bytes(sent)}!END`);
    const loaded = await engine.snapshot();
    await recorder.send("!GO");
    expect(nameOf(engine)).toBe("sent");
    const recording = await recorder.stopRecording();
    const after = await engine.snapshot();
    const flash = await engine.dumpFlash();
    for (const [snapshot, name] of [
      [before, "given"],
      [after, "sent"],
      [loaded, "given"],
    ] as const) {
      await engine.restore(JSON.parse(JSON.stringify(snapshot)));
      expect(nameOf(engine)).toBe(name);
      expect(await engine.snapshot()).toEqual(snapshot);
    }
    await engine.send("!GO");
    expect(nameOf(engine)).toBe("sent");
    await engine.replay(recording);
    expect(nameOf(engine)).toBe("sent");
    await engine.powerOff();
    await engine.loadFlash(flash);
    await engine.powerOn();
    expect(nameOf(engine)).toBe("sent");
  });

  test("runs at the next start though it never has, read back and loaded", async () => {
    const engine = await boot();
    await engine.send(`${bytes(sent)}!END`);
    await engine.powerOff();
    const flash = await engine.dumpFlash();
    await engine.loadFlash(flash);
    await engine.powerOn();
    expect(nameOf(engine)).toBe("sent");
  });

  test("runs on a token of a test, and there too what a flash brings does not", async () => {
    const options = { bundle, manifest, install: fixtureInstallation, port: false };
    const token = await bootToken(options);
    token.send(`${bytes(sent)}!END`);
    token.send("!GO");
    expect((token.machine.exports as unknown as { name: () => string }).name()).toBe("sent");
    token.powerOff();
    token.machine.flash.load(await flashWith(foreign));
    expect(() => token.powerOn()).toThrow(/this flash holds firmware 0\.0\.2/);
    expect(token.machine.powered).toBe(false);
  });
});

test("firmware that is named runs, with all that this process may do", async () => {
  const engine = await boot({ flash: await flashWith(foreign), trustedFirmware: [digestOf(sent), digestOf(foreign)] });
  expect(nameOf(engine)).toBe("foreign");
  expect(ran()).toBe(true);
  delete (globalThis as { ochreRan?: boolean }).ochreRan;
});

test("an image of a lower version than the bundle's is not run, so a flash may hold it", async () => {
  const newer = { ...manifest, imageHeader: Buffer.from(slotImage(bundle, 3).header).toString("base64") };
  const engine = await boot({ manifest: newer, flash: await flashWith(foreign) });
  expect(nameOf(engine)).toBe("given");
});

test("digests that are none are refused", async () => {
  for (const trustedFirmware of ["all", ["*"], [1]])
    await expect(boot({ trustedFirmware: trustedFirmware as string[] })).rejects.toThrow(/trustedFirmware are/);
});
