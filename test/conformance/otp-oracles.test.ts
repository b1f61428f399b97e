/** HMAC, HOTP, TOTP and OCRA against others' implementations, over arbitrary keys, counters and times. */
import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { generateSync } from "otplib";
import { describe, expect, test } from "vitest";
import { hashes } from "../../host-tools/crypto/node.ts";
import { counterFromNumber } from "../../protocol/otp/counter.ts";
import { hmac } from "../../protocol/otp/hmac.ts";
import { hotp } from "../../protocol/otp/hotp.ts";
import { ocra } from "../../protocol/otp/ocra.ts";
import { parseSuite } from "../../protocol/otp/suite.ts";
import { totp } from "../../protocol/otp/totp.ts";
import type { HashName } from "../../protocol/primitives.ts";
import { runs } from "../fuzz/runs.ts";

const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");
const names = fc.constantFrom<HashName>("sha1", "sha256", "sha512");
const bytes = (min: number, max: number) => fc.uint8Array({ minLength: min, maxLength: max });

test("HMAC is node:crypto's, for keys and messages around every block's edge", () => {
  fc.assert(
    fc.property(names, bytes(0, 300), bytes(0, 300), (name, key, message) => {
      expect(hex(hmac(hashes[name], key, message))).toBe(createHmac(name, key).update(message).digest("hex"));
    }),
    { numRuns: runs(500) },
  );
  for (const name of ["sha1", "sha256", "sha512"] as const) {
    for (const length of [0, 1, 63, 64, 65, 127, 128, 129]) {
      const key = new Uint8Array(length).fill(0xa5);
      expect(hex(hmac(hashes[name], key, key))).toBe(createHmac(name, key).update(key).digest("hex"));
    }
  }
});

// otplib takes keys of 16 to 64 bytes, counters to 2^53 - 1 and periods to an hour.
describe("otplib", () => {
  test("gives the same HOTP", () => {
    fc.assert(
      fc.property(
        names,
        bytes(16, 64),
        fc.maxSafeNat(),
        fc.integer({ min: 6, max: 10 }),
        (name, key, counter, digits) => {
          const theirs = generateSync({ strategy: "hotp", secret: key, counter, digits, algorithm: name });
          expect(hotp(hashes[name], key, counterFromNumber(counter), digits)).toBe(theirs);
        },
      ),
    );
  });

  test("gives the same TOTP, for any period and T0", () => {
    fc.assert(
      fc.property(
        names,
        bytes(16, 64),
        fc.nat(2 ** 31),
        fc.nat(2 ** 31),
        fc.integer({ min: 1, max: 3600 }),
        fc.integer({ min: 6, max: 10 }),
        (name, key, t0, elapsed, period, digits) => {
          const time = t0 + elapsed;
          const theirs = generateSync({ secret: key, epoch: time, t0, period, digits, algorithm: name });
          expect(totp(hashes[name], key, time, period, t0, digits)).toBe(theirs);
        },
      ),
    );
  });
});

const oathtoolIsThere = spawnSync("oathtool", ["--version"]).status === 0;
if (!oathtoolIsThere) console.log("oathtool is not installed: its comparisons are skipped (apt-get install oathtool)");

/** One code of oathtool, which reads the key from its standard input. */
function oathtool(key: Uint8Array, ...options: string[]): string {
  const run = spawnSync("oathtool", [...options, "-"], { input: `${hex(key)}\n`, encoding: "utf8" });
  expect(run.stderr).toBe("");
  return run.stdout.trim();
}

test("oathtool is there to compare with, at least where CI=true", () => {
  expect(oathtoolIsThere || process.env.CI !== "true").toBe(true);
});

// oathtool knows HOTP with SHA-1 alone, and 6 to 8 digits.
// Reason to skip: a machine without the Debian package; under CI its absence is a failure.
describe.skipIf(!oathtoolIsThere)("oathtool", () => {
  test("gives the same HOTP, for counters to 2^64 - 1", () => {
    fc.assert(
      fc.property(bytes(1, 100), bytes(8, 8), fc.integer({ min: 6, max: 8 }), (key, counter, digits) => {
        const count = Buffer.from(counter).readBigUInt64BE().toString();
        expect(hotp(hashes.sha1, key, counter, digits)).toBe(oathtool(key, "-c", count, "-d", `${digits}`));
      }),
      { numRuns: runs(50) },
    );
  });

  test("gives the same TOTP, for any hash, period and T0", () => {
    fc.assert(
      fc.property(
        names,
        bytes(1, 100),
        fc.nat(2 ** 31),
        fc.nat(2 ** 34),
        fc.integer({ min: 1, max: 86400 }),
        fc.integer({ min: 6, max: 8 }),
        (name, key, t0, elapsed, period, digits) => {
          const time = t0 + elapsed;
          const options = [`--totp=${name}`, "-S", `@${t0}`, "-N", `@${time}`, "-s", `${period}s`, "-d", `${digits}`];
          expect(totp(hashes[name], key, time, period, t0, digits)).toBe(oathtool(key, ...options));
        },
      ),
      { numRuns: runs(50) },
    );
  });
});

describe("OCRA written down once more, the RFC's way: hex strings, BigInt and node:crypto", () => {
  const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength: 64 });
  const hexDigits = fc.string({ unit: fc.constantFrom(..."0123456789abcdefABCDEF"), minLength: 1, maxLength: 64 });
  const letters = fc.string({ unit: fc.constantFrom(..."09AZaz"), minLength: 1, maxLength: 64 });
  const questions = fc.oneof(
    fc.record({ format: fc.constant("N"), question: digits, secondQuestion: fc.constant(undefined) }),
    fc.record({
      format: fc.constant("H"),
      question: hexDigits,
      secondQuestion: fc.option(hexDigits, { nil: undefined }),
    }),
    fc.record({ format: fc.constant("A"), question: letters, secondQuestion: fc.option(letters, { nil: undefined }) }),
  );
  const inputs = fc.record({
    name: names,
    key: bytes(1, 150),
    truncation: fc.constantFrom(0, 4, 5, 6, 7, 8, 9, 10),
    questions,
    counter: fc.option(bytes(8, 8), { nil: undefined }),
    pin: fc.option(names, { nil: undefined }),
    session: fc.option(bytes(1, 512), { nil: undefined }),
    timeStep: fc.option(bytes(8, 8), { nil: undefined }),
  });

  test("gives the same response to every suite and input", () => {
    fc.assert(
      fc.property(inputs, ({ name, key, truncation, questions: q, counter, pin, session, timeStep }) => {
        const text =
          `OCRA-1:HOTP-${name.toUpperCase()}-${truncation}:${counter ? "C-" : ""}Q${q.format}64` +
          `${pin ? `-P${pin.toUpperCase()}` : ""}${session ? "-S512" : ""}${timeStep ? "-T1M" : ""}`;
        const pinHash = pin && hashes[pin].digest(key);

        const joined = q.question + (q.secondQuestion ?? "");
        const question =
          q.format === "N"
            ? BigInt(joined).toString(16)
            : q.format === "H"
              ? joined
              : Buffer.from(joined).toString("hex");
        const message =
          Buffer.from(`${text}\0`).toString("hex") +
          (counter ? hex(counter) : "") +
          question.padEnd(256, "0") +
          (pinHash ? hex(pinHash) : "") +
          (session ? hex(session).padStart(1024, "0") : "") +
          (timeStep ? hex(timeStep) : "");
        const mac = createHmac(name, key).update(Buffer.from(message, "hex")).digest();
        const value = mac.readUInt32BE(mac[mac.length - 1] & 15) & 0x7fffffff;
        const response =
          truncation === 0
            ? mac.toString("hex")
            : String(value)
                .padStart(10, "0")
                .slice(10 - truncation);

        const { question: first, secondQuestion } = q;
        const given = { question: first, secondQuestion, counter, pinHash, session, timeStep };
        expect(ocra(hashes, key, parseSuite(text), given)).toBe(response);
      }),
      { numRuns: runs(1000) },
    );
  });
});
