/** The clock's guard, on a token whose clock chip somebody else can reach too: over the bus on which it sits. */
import { expect, test } from "vitest";
import { codeOf } from "../../emulator/testing/capture.ts";
import { bootToken, type Token } from "../../emulator/testing/token.ts";
import { tokenInfo } from "../../host-tools/device/token.ts";
import {
  LABORATORY_BATCH_KEY,
  LABORATORY_ISSUER_ID,
  laboratoryTransportKeys,
} from "../../host-tools/keys/laboratory.ts";
import { LaboratoryKeyService } from "../../host-tools/keys/laboratory-key-service.ts";
import { syncClock } from "../../host-tools/provisioning/clock-sync.ts";
import { type PersonaliseOptions, personalise } from "../../host-tools/provisioning/personalise.ts";
import { TokenSession } from "../../host-tools/provisioning/token-session.ts";
import { encodeCommand } from "../../protocol/apdu/command.ts";
import { parseResponse } from "../../protocol/apdu/response.ts";
import { setClock } from "../../protocol/apdu/set-clock.ts";
import { memoryTransport, PIN } from "./bank.ts";
import { shownCodes } from "./shown-codes.ts";

const SERIAL = "OC-CLOCK-0001";
const NOW = 1_800_000_000;
const DAY = 86_400;

const keyService = () =>
  new LaboratoryKeyService({
    issuerId: new Uint8Array(LABORATORY_ISSUER_ID),
    issuerMasterKey: { version: 0x30, key: new Uint8Array(16).fill(0x1a) },
    batchKeys: [{ version: 1, key: new Uint8Array(LABORATORY_BATCH_KEY) }],
    enrolmentKey: new Uint8Array(32).fill(0xe0),
  });

/** The desk's clock: true time, in which the token is advanced. */
class Desk {
  ms = NOW * 1000;
  readonly token: Token;
  constructor(token: Token) {
    this.token = token;
  }
  readonly now = () => this.ms;
  readonly sleep = async (ms: number) => {
    this.ms += ms;
    this.token.advance({ ms });
  };
  sync = () => syncClock(memoryTransport(this.token), keyService(), { clock: this });
}

const factoryToken = () =>
  bootToken({ port: false, unixTime: NOW, install: { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) } });

/** What the token says of how its clock was set. */
async function historyOf(token: Token) {
  const transport = memoryTransport(token);
  const info = await tokenInfo(transport);
  const session = await TokenSession.open(transport, keyService(), info, info.keyVersion);
  const history = await session.clockHistory();
  await session.end();
  return history;
}

async function issued(policy: PersonaliseOptions["policy"] = {}) {
  const token = await factoryToken();
  const desk = new Desk(token);
  await personalise(memoryTransport(token), keyService(), { policy, clock: desk });
  token.press("OK", ...PIN, "OK", ...PIN, "OK", "OFF");
  return { token, desk };
}

/** A write to the chip's registers from 00 on, as anybody on the bus can make it. */
function setOnBus(token: Token, unixTime: number): void {
  const date = new Date(unixTime * 1000);
  const bcd = (value: number) => ((value / 10) << 4) | (value % 10);
  const fields = [date.getUTCSeconds(), date.getUTCMinutes(), date.getUTCHours(), date.getUTCDay() + 1];
  fields.push(date.getUTCDate(), date.getUTCMonth() + 1, date.getUTCFullYear() - 2000);
  token.machine.clock.write(new Uint8Array([0, ...fields.map(bcd)]));
}

/** The time code, or the words in its place. */
function ask(token: Token): string {
  token.press("OFF", "OK", ...PIN, "OK", "1");
  const text = token.text();
  return /\d{4} \d{4}/.test(text) ? codeOf(token) : text;
}

test("clock forward over the bus, a code, clock back: the token refuses, wherever the power was cut meanwhile", async () => {
  const { token: first } = await issued();
  const flash = first.machine.flashDump();
  await first.close();
  let shown = 0;
  for (let operation = 0; operation <= 8; operation++) {
    for (const tear of [0, 0.5, 1]) {
      await using token = await bootToken({ port: false, flash, unixTime: NOW + 60 });
      setOnBus(token, NOW + DAY);
      token.machine.cut = { index: token.machine.flash.operations + operation, tear };
      const stolen = shownCodes(token, () => ask(token));
      token.machine.cut = undefined;
      if (token.machine.powered) token.machine.powerOff();
      token.powerOn();
      setOnBus(token, NOW + 120);
      if (stolen.length > 0) {
        shown++;
        expect(ask(token)).toContain("The clock was changed");
      }
    }
  }
  expect(shown).toBeGreaterThan(0);
});

test("a desk that sets the clock back leaves a token that gives codes, wherever the power was cut meanwhile", async () => {
  const { token: first } = await issued();
  const flash = first.machine.flashDump();
  await first.close();
  let done = false;
  for (let operation = 0; !done; operation++) {
    await using token = await bootToken({ port: false, flash, unixTime: NOW + 3600 });
    expect(ask(token)).toMatch(/^\d{8}$/);
    const desk = new Desk(token);
    token.machine.cut = { index: token.machine.flash.operations + operation, tear: 0.5 };
    // A token whose power is gone lets nobody wait.
    await syncClock(memoryTransport(token, 20), keyService(), { clock: desk }).catch(() => {});
    done = token.machine.cut !== undefined;
    token.machine.cut = undefined;
    token.powerOff();
    token.powerOn();
    expect(ask(token), `cut at operation ${operation}`).toMatch(/^\d{8}$/);
    expect(token.machine.clock.unixTime - NOW > 3500).toBe(!done);
    if (done) expect(operation).toBeGreaterThan(2);
  }
}, 120_000);

test("nobody sets the clock outside a session, not by a second", async () => {
  const { token } = await issued();
  const transport = memoryTransport(token);
  const { unixTime } = token.machine.clock;
  for (const cla of [0x80, 0x84]) {
    const answer = await transport.exchange(encodeCommand({ ...setClock(Math.floor(unixTime) + 1), cla }));
    expect([0x6d00, 0x6982]).toContain(parseResponse(answer).statusWord);
  }
  expect(token.machine.clock.unixTime).toBeCloseTo(unixTime, 1);
  await token.close();
});

test("a clock that stands further from the desk's last word than the policy lets it gives no code, until the desk sets it", async () => {
  const { token, desk } = await issued({ clockDays: 30 });
  expect(ask(token)).toMatch(/^\d{8}$/);
  await desk.sleep(29 * DAY * 1000);
  expect(ask(token)).toMatch(/^\d{8}$/);
  token.press("OFF");
  setOnBus(token, NOW + 400 * DAY);
  expect(ask(token)).toContain("Clock check is due");
  setOnBus(token, NOW + 29 * DAY + 60);
  expect(ask(token)).toMatch(/^\d{8}$/);
  token.press("OFF");
  await desk.sleep(2 * DAY * 1000);
  expect(ask(token)).toContain("Clock check is due");
  await desk.sync();
  expect(ask(token)).toMatch(/^\d{8}$/);
  await token.close();
}, 120_000);

test("the token keeps what its clock was set from and to, and what it drifted in between", async () => {
  const { token, desk } = await issued();
  await desk.sleep(10 * DAY * 1000);
  setOnBus(token, Math.floor(desk.now() / 1000) + 5);
  const synced = await desk.sync();
  expect(synced.offsetSeconds).toBeCloseTo(5, 0);
  const { history } = synced;
  expect(history?.lostPower).toBe(false);
  expect((history?.before ?? 0) - (history?.after ?? 0)).toBeGreaterThanOrEqual(4);
  expect((history?.before ?? 0) - (history?.after ?? 0)).toBeLessThanOrEqual(6);
  expect(history?.driftSeconds).toBe((history?.before ?? 0) - (history?.after ?? 0));
  expect(history?.driftSpan).toBeGreaterThan(10 * DAY - 60);
  // Set again at once: the estimate of ten days is better than one of a second.
  const again = await desk.sync();
  expect(again.history?.driftSpan).toBe(history?.driftSpan);
  // A clock that was changed by years has not drifted.
  setOnBus(token, NOW + 3000 * DAY);
  expect((await desk.sync()).history).toMatchObject({
    driftSpan: history?.driftSpan,
    driftSeconds: history?.driftSeconds,
  });
  await token.close();
}, 120_000);

test("a token from the factory keeps what its clock showed before it was personalised, or that it had no time", async () => {
  for (const ahead of [-400, 400]) {
    await using token = await factoryToken();
    setOnBus(token, NOW + ahead);
    await personalise(memoryTransport(token), keyService(), { clock: new Desk(token) });
    const history = await historyOf(token);
    expect(history).toMatchObject({ lostPower: false, driftSeconds: 0, driftSpan: 0 });
    expect(Math.abs((history?.after ?? 0) - NOW)).toBeLessThanOrEqual(5);
    expect(Math.abs((history?.before ?? 0) - (history?.after ?? 0) - ahead)).toBeLessThanOrEqual(2);
  }
  await using token = await factoryToken();
  token.powerOff();
  token.machine.clock.removeCell();
  token.powerOn();
  await personalise(memoryTransport(token), keyService(), { clock: new Desk(token) });
  expect(await historyOf(token)).toMatchObject({ lostPower: true, before: 0, driftSpan: 0 });
}, 120_000);

test("a token that is personalised again keeps what its clock was set from, and its drift: the clock is the same", async () => {
  const { token, desk } = await issued();
  await desk.sleep(10 * DAY * 1000);
  setOnBus(token, Math.floor(desk.now() / 1000) + 5);
  await personalise(memoryTransport(token), keyService(), { replace: true, clock: desk });
  const { history } = await desk.sync();
  expect(history?.driftSeconds).toBeGreaterThanOrEqual(4);
  expect(history?.driftSeconds).toBeLessThanOrEqual(6);
  expect(history?.driftSpan).toBeGreaterThan(10 * DAY - 60);
  await token.close();
}, 120_000);
