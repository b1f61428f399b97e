/** The bank proves itself before the token answers; and codes by a counter, which know no time. */
import { beforeEach, describe, expect, test } from "vitest";
import { codeOf } from "../../emulator/testing/capture.ts";
import { bootToken, type Token } from "../../emulator/testing/token.ts";
import { hashes } from "../../host-tools/crypto/node.ts";
import {
  LABORATORY_BATCH_KEY,
  LABORATORY_ISSUER_ID,
  laboratoryTransportKeys,
} from "../../host-tools/keys/laboratory.ts";
import { LaboratoryKeyService } from "../../host-tools/keys/laboratory-key-service.ts";
import { enrolmentAad, openSeed } from "../../host-tools/keys/seal.ts";
import { personalise } from "../../host-tools/provisioning/personalise.ts";
import { counterFromNumber } from "../../protocol/otp/counter.ts";
import { hotp } from "../../protocol/otp/hotp.ts";
import { ocra } from "../../protocol/otp/ocra.ts";
import { parseSuite } from "../../protocol/otp/suite.ts";
import { builtBundle, memoryTransport, PIN, setPin } from "./bank.ts";
import { shownCodes } from "./shown-codes.ts";

const SERIAL = "OC-OTHER-WAYS";
const NOW = 1_800_000_065;
const SUITE = "OCRA-1:HOTP-SHA256-8:QA08-T30S";
const enrolmentKey = new Uint8Array(32).fill(0xe0);

let issued: { flash: Uint8Array; both: Uint8Array; seed: Uint8Array } | undefined;
let token: Token;
const boot = async (flash?: Uint8Array) =>
  bootToken({
    ...(await builtBundle()),
    port: false,
    unixTime: flash ? NOW : NOW - 60,
    ...(flash ? { flash } : { install: { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) } }),
  });

/** The power goes in the middle of an operation of the flash, the `at`th from now on. */
const cut = (at: number) => {
  token.machine.cut = { index: token.machine.flash.operations + at - 1, tear: 0.5 };
};

beforeEach(async () => {
  if (issued === undefined) {
    const fresh = await boot();
    let time = (NOW - 60) * 1000;
    const sleep = async (ms: number) => {
      time += ms;
      fresh.advance({ ms });
    };
    const keys = new LaboratoryKeyService({
      issuerId: new Uint8Array(LABORATORY_ISSUER_ID),
      issuerMasterKey: { version: 0x30, key: new Uint8Array(16).fill(0x1a) },
      batchKeys: [{ version: 1, key: new Uint8Array(LABORATORY_BATCH_KEY) }],
      enrolmentKey: new Uint8Array(enrolmentKey),
    });
    const { credentials } = await personalise(memoryTransport(fresh), keys, {
      credentials: [
        { slot: 0, kind: "verify-bank", suite: SUITE, label: "Verify" },
        { slot: 1, kind: "counter-code", suite: "HOTP-SHA256-8", label: "Counter" },
      ],
      clock: { now: () => time, sleep },
    });
    await setPin(fresh);
    const [both, seed] = credentials.map(({ slot, suite, sealedSeed }) =>
      openSeed(enrolmentKey, enrolmentAad(SERIAL, slot, suite), sealedSeed),
    );
    issued = { flash: fresh.machine.flashDump(), both, seed };
  }
  token = await boot(issued.flash);
});

describe("the bank", () => {
  const suite = parseSuite(SUITE);
  const now = () => Math.floor(token.machine.clock.unixTime / 30);
  const bankCode = (ours: string, theirs: string, step = now()) =>
    ocra(hashes, issued!.both.subarray(32), suite, {
      question: ours,
      secondQuestion: theirs,
      timeStep: counterFromNumber(step),
    });
  const begin = () => {
    token.press("OK", ...PIN, "OK", "1");
    return token.screen()[1].replaceAll(" ", "");
  };
  const answer = (theirs: string, code: string) => token.press("OK", ...theirs, "OK", ...code, "OK");
  const wrong = (ours: string, theirs: string) => String((Number(bankCode(ours, theirs)) + 1) % 1e8).padStart(8, "0");

  test("proves itself, and only then the token answers", async () => {
    const ours = begin();
    expect(ours).toMatch(/^[0-9]{8}$/);
    answer("31415926", bankCode(ours, "31415926"));
    const expected = ocra(hashes, issued!.both.subarray(0, 32), suite, {
      question: "31415926",
      secondQuestion: ours,
      timeStep: counterFromNumber(now()),
    });
    expect(codeOf(token)).toBe(expected);
  });

  test.each([-1, 1])("may be a step off: %i", (off) => {
    const ours = begin();
    answer("31415926", bankCode(ours, "31415926", now() + off));
    expect(codeOf(token)).toMatch(/^[0-9]{8}$/);
  });

  test("that answers with the token's own key, for other challenges, or of another time, is none", () => {
    const codes: ((ours: string, theirs: string) => string)[] = [
      (ours, theirs) =>
        ocra(hashes, issued!.both.subarray(0, 32), suite, {
          question: ours,
          secondQuestion: theirs,
          timeStep: counterFromNumber(now()),
        }),
      (ours, theirs) => bankCode(theirs, ours),
      (ours, theirs) => bankCode(ours, theirs, now() - 2),
      (ours, theirs) => bankCode(ours, theirs, now() + 2),
    ];
    for (const code of codes) {
      token.press("OFF");
      const ours = begin();
      answer("31415926", code(ours, "31415926"));
      expect(token.text()).toContain("Not your bank");
      expect(() => codeOf(token)).toThrow();
      // A right one in between keeps the mode open.
      token.press("OK");
      const next = token.screen()[1].replaceAll(" ", "");
      expect(next).not.toBe(ours);
      answer("27182818", bankCode(next, "27182818"));
      expect(codeOf(token)).toMatch(/^[0-9]{8}$/);
    }
  });

  test("that sends the token's own challenge back is refused, whatever its code", () => {
    const ours = begin();
    answer(ours, bankCode(ours, ours));
    expect(token.text()).toContain("Not your bank");
  });

  test("with three wrong codes has closed the mode for ten minutes, power cuts or not", () => {
    let ours = begin();
    for (let tries = 0; tries < 3; tries++) {
      answer("31415926", wrong(ours, "31415926"));
      expect(token.text()).toContain("Not your bank");
      token.powerOff();
      token.powerOn();
      ours = begin();
    }
    answer("31415926", bankCode(ours, "31415926"));
    expect(token.text()).toContain("Retry in 10 minutes");
    token.press("OFF");
    token.advance({ minutes: 9 });
    ours = begin();
    answer("31415926", bankCode(ours, "31415926"));
    expect(token.text()).toContain("Retry in 10 minutes");
    token.press("OFF");
    token.advance({ minutes: 2 });
    ours = begin();
    answer("31415926", bankCode(ours, "31415926"));
    expect(codeOf(token)).toMatch(/^[0-9]{8}$/);
  });

  test.each([1, 2, 3])("gets no further try from power cuts at operation %i of the flash", (at) => {
    let judged = 0;
    for (let tries = 0; tries < 8; tries++) {
      const ours = begin();
      token.press("OK", ..."31415926", "OK", ...wrong(ours, "31415926"));
      if (tries % 2 === 0) cut(at);
      token.press("OK");
      if (token.machine.powered && token.text().includes("Not your bank")) judged++;
      token.machine.cut = undefined;
      token.machine.powerOff();
      token.powerOn();
    }
    expect(judged).toBeGreaterThan(0);
    expect(judged).toBeLessThanOrEqual(3);
    const ours = begin();
    answer("31415926", bankCode(ours, "31415926"));
    expect(token.text()).toContain("Retry in 10 minutes");
  });
});

describe("a code by a counter", () => {
  const next = () => {
    token.press("OFF", "OK", ...PIN, "OK", "2");
    const code = codeOf(token);
    token.press("OFF");
    return code;
  };
  const codeAt = (counter: number) => hotp(hashes.sha256, issued!.seed, counterFromNumber(counter), 8);

  test("is another each time, from the first on, over losses of power", () => {
    for (let counter = 0; counter < 5; counter++) {
      expect(next()).toBe(codeAt(counter));
      token.powerOff();
      token.powerOn();
    }
  });

  test("needs no clock: one that lost its power or went back gives codes all the same", () => {
    token.machine.clock.setTime(NOW - 86_400);
    expect(next()).toBe(codeAt(0));
  });

  test("stays on the display, which has no bar for it", () => {
    token.press("OK", ...PIN, "OK", "2");
    token.advance({ seconds: 20 });
    expect(codeOf(token)).toBe(codeAt(0));
    expect(token.text()).not.toMatch(/[█░]/);
  });

  test("is never shown twice, whatever operation of the flash the power goes at", () => {
    const seen = new Set<string>();
    for (let at = 1; at <= 6; at++) {
      token.press("OFF", "OK", ...PIN, "OK");
      cut(at);
      for (const code of shownCodes(token, () => token.press("2"))) {
        expect(seen.has(code)).toBe(false);
        seen.add(code);
      }
      token.machine.cut = undefined;
      token.machine.powerOff();
      token.powerOn();
      const code = next();
      expect(seen.has(code)).toBe(false);
      seen.add(code);
    }
  });
});
