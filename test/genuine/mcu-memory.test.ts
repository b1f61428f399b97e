/** What a token takes of the interpreter's memory on its batteries: genuine Espruino on a simulated RP2040, no cable, no console. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { sendBankOrder } from "../../host-tools/device/bank-order.ts";
import { LABORATORY_ISSUER_ID, laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { LaboratoryKeyService } from "../../host-tools/keys/laboratory-key-service.ts";
import { syncClock } from "../../host-tools/provisioning/clock-sync.ts";
import { connectedCredential, personalise } from "../../host-tools/provisioning/personalise.ts";
import { rotateKeys } from "../../host-tools/provisioning/rotate-keys.ts";
import { encodeCommand } from "../../protocol/apdu/command.ts";
import { orderBody } from "../../protocol/apdu/sign-order.ts";
import { counterFromNumber } from "../../protocol/otp/counter.ts";
import { encodeOrder } from "../../protocol/otp/order.ts";
import { builtBundle, issuedFlash, PIN } from "../end-to-end/bank.ts";
import { atDesk, NOW } from "../faults/desk.ts";
import { jsVarsInUse, withProbe } from "./jsvars.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

const SERIAL = "OC-MEMORY";
/** JsVars, of 12,000: what is left is for flows, for the host's line, and for what computes. */
const STEADY = 2300;

/** A token whose interpreter tells how many JsVars are taken. */
async function probedToken(start: { flash?: Uint8Array; unixTime: number }): Promise<McuEngine> {
  const { bundle, manifest } = await builtBundle();
  const install = { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) };
  return McuEngine.boot({
    bundle,
    manifest: withProbe(manifest),
    ...(await rp2040Files()),
    install,
    speed: 0,
    ...start,
  });
}

// Reason to skip: image and boot ROM are the user's to supply; mcu.test.ts says so in a line.
describe.skipIf(!rp2040Supplied)("the JsVars of an issued token without a cable", { timeout: 1_800_000 }, () => {
  let engine: McuEngine;
  beforeAll(async () => {
    engine = await probedToken({ flash: await issuedFlash(SERIAL), unixTime: 1_800_000_001 });
  }, 1_800_000);
  afterAll(() => engine?.close());

  const used = () => jsVarsInUse(engine);

  test("at its home screen, dark, and dark again after a code, they are at most 2,300", async () => {
    const home = await used();
    await engine.press(["OFF"]);
    const dark = await used();
    await engine.press(["OK", ...PIN, "OK"]);
    const menu = await used();
    await engine.press(["1"]);
    const code = await used();
    await engine.press(["OFF"]);
    const after = await used();
    console.log(`JsVars on batteries: home ${home}, dark ${dark}, menu ${menu}, code ${code}, dark again ${after}`);
    for (const steady of [home, dark, after]) expect(steady).toBeLessThanOrEqual(STEADY);
    // Nothing that a code took is left behind, but the places of what the journal got with it.
    expect(after).toBeLessThanOrEqual(dark + 25);
    expect(engine.board.faults).toEqual([]);
  });

  test("another language and large digits leave nothing of the fonts that they replace", async () => {
    const before = await used();
    // There and back.
    for (const choice of ["3", "3", "4", "4"]) await engine.press(["OFF", "OK", "MENU", "OK", choice, "OFF"]);
    const after = await used();
    console.log(`JsVars, dark: ${before}, with its fonts loaded anew ${after}`);
    expect(after).toBeLessThanOrEqual(before + 10);
    expect(after).toBeLessThanOrEqual(STEADY);
  });

  test("what a host needs goes when its cable does", async () => {
    const before = await used();
    await engine.send("\n");
    await engine.advance(500);
    const plugged = await used();
    await engine.advance(5000);
    const unplugged = await used();
    console.log(`JsVars: without a cable ${before}, with one ${plugged}, without it again ${unplugged}`);
    expect(plugged).toBeGreaterThan(before);
    expect(unplugged).toBeLessThanOrEqual(before + 10);
  });
});

// Reason to skip: as above.
describe.skipIf(!rp2040Supplied)("a host that has gone", { timeout: 1_800_000 }, () => {
  let engine: McuEngine;
  beforeAll(async () => {
    engine = await probedToken({ unixTime: NOW });
  }, 1_800_000);
  afterAll(() => engine?.close());

  /** A key service that this token does not belong to. */
  const strangers = () =>
    new LaboratoryKeyService({
      issuerId: new Uint8Array(LABORATORY_ISSUER_ID),
      issuerMasterKey: { version: 0x30, key: new Uint8Array(16) },
      batchKeys: [{ version: 1, key: new Uint8Array(16) }],
      enrolmentKey: new Uint8Array(32),
    });
  const model = () => new Uint8Array([engine.manifest.model >> 8, engine.manifest.model]);
  const orderOf = (nonce: number) => {
    const fields = ["123456", "0071000123456", "1500000", "VND"].map((text, i) => ({
      tag: i + 1,
      value: new Uint8Array(Buffer.from(text)),
    }));
    return orderBody(counterFromNumber(nonce), NOW + 290, encodeOrder(1, fields));
  };

  const setClock = () => atDesk(engine, (transport, keys, clock) => syncClock(transport, keys, { clock }));

  /** What hosts do, in an order in which each finds what it needs; some of it is refused. */
  const visits: [string, () => Promise<unknown>][] = [
    [
      "asked who it is",
      () => atDesk(engine, (transport) => transport.exchange(new Uint8Array([0x80, 0xca, 0xdf, 0x20, 0]))),
    ],
    ["had other keys", () => atDesk(engine, (transport) => personalise(transport, strangers()))],
    [
      "personalised it",
      () =>
        atDesk(engine, (transport, keys, clock) =>
          personalise(transport, keys, { clock, credentials: [connectedCredential(0, "VND")] }),
        ),
    ],
    ["left it to its customer", () => engine.press(["OK", "OK", ...PIN, "OK", ...PIN, "OK"])],
    ["set its clock", setClock],
    ["set it again", setClock],
    [
      "showed it a bank's order",
      () =>
        atDesk(engine, async (transport, keys) => {
          const body = orderOf(1);
          await sendBankOrder(transport, body, await keys.authenticateOrder({ serial: SERIAL, model: model() }, body));
        }),
    ],
    [
      "had its order refused",
      () => atDesk(engine, (transport) => sendBankOrder(transport, orderOf(2), new Uint8Array(16))),
    ],
    [
      "asked for what is not there",
      () =>
        atDesk(engine, (transport) =>
          transport.exchange(encodeCommand({ cla: 0x84, ins: 0x99, p1: 0, p2: 0, data: new Uint8Array(8) })),
        ),
    ],
    ["gave it keys", () => atDesk(engine, (transport, keys) => rotateKeys(transport, keys), { rotated: true })],
  ];
  /** After what is refused, the token is as good as after what is done. */
  const REFUSED = ["had other keys", "had its order refused"];

  test("leaves no more than 2,300 of them taken, whatever it did", async () => {
    for (const [name, visit] of visits) {
      if (REFUSED.includes(name)) await expect(visit(), name).rejects.toThrow();
      else await visit();
      // The cable goes, and with it the host's line.
      await engine.advance(8000);
      await engine.press(["OFF"]);
      await engine.advance(1000);
      const used = await jsVarsInUse(engine);
      console.log(`JsVars, dark, after a host that ${name}: ${used}`);
      expect(used, name).toBeLessThanOrEqual(STEADY);
    }
    expect(engine.board.faults).toEqual([]);
  });
});
