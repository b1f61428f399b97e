import fc from "fast-check";
import { expect, test } from "vitest";
import { hashes, wire } from "../../host-tools/crypto/node.ts";
import { KIND_CHALLENGE, KIND_COUNTER_CODE, KIND_SIGN, KIND_TIME_CODE } from "../../protocol/apdu/credential-kind.ts";
import { hmacKey } from "../../protocol/otp/hmac.ts";
import hotp from "../../test/vectors/hotp-rfc4226.json" with { type: "json" };
import * as codes from "./codes.ts";
import * as counted from "./counted-codes.ts";
import type { Credential } from "./credential.ts";

const CHALLENGE = "OCRA-1:HOTP-SHA256-8:C-QN10";
const ascii = (text: string) => wire.fromLatin1(text);
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

/** The code by one of the two modules. */
function code(
  by: typeof codes | typeof counted,
  kind: number,
  suite: string,
  key: Uint8Array,
  q: string,
  c: Uint8Array,
) {
  const credential = { kind, suite: by.readSuite(kind, suite, ascii(suite)) } as Credential;
  return by.computeCode(credential, hmacKey(hashes[credential.suite.hash], key), q, 0, c);
}

test("it gives the codes of RFC 4226", () => {
  for (const { counterHex, otp6 } of hotp.vectors)
    expect(
      code(counted, KIND_COUNTER_CODE, "HOTP-SHA1-6", ascii(hotp.keyAscii), "", Buffer.from(counterHex, "hex")),
    ).toBe(otp6);
});

test("it answers any ten digits at any counter as OCRA does", () => {
  const digits = fc.oneof(
    fc.nat({ max: 9_999_999_999 }).map((number) => String(number).padStart(10, "0")),
    fc.constantFrom("0000000000", "0000000001", "0016777215", "0016777216", "4294967295", "4294967296", "9999999999"),
  );
  fc.assert(
    fc.property(bytes(32), digits, bytes(8), (key, question, counter) => {
      const [own, all] = [counted, codes].map((by) => code(by, KIND_CHALLENGE, CHALLENGE, key, question, counter));
      expect(own).toBe(all);
    }),
  );
});

test.each([
  [KIND_TIME_CODE, "TOTP-SHA256-8-30"],
  [KIND_CHALLENGE, "OCRA-1:HOTP-SHA256-8:QN10-T30S"],
  [KIND_CHALLENGE, "OCRA-1:HOTP-SHA256-8:C-QN08"],
  [KIND_SIGN, "OCRA-1:HOTP-SHA256-8:C-QH64"],
  [KIND_COUNTER_CODE, "HOTP-MD5-6"],
])("it reads no other way to a code: kind %i, %s", (kind, suite) => {
  expect(() => counted.readSuite(kind, suite, ascii(suite))).toThrow(expect.objectContaining({ name: "OtpError" }));
});
