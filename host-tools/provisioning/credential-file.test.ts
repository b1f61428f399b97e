import { expect, test } from "vitest";
import { CredentialFileError, parseCredentialFile } from "./credential-file.ts";

const parse = (list: unknown) => parseCredentialFile(JSON.stringify(list));

test("eight credentials of any kinds are ordered by what they are for; their suites, slots and minor digits follow", () => {
  expect(
    parse([
      { kind: "time-code", label: "Đăng nhập", digits: 6, pinSeconds: 60 },
      { kind: "time-code", label: "Công ty", suite: "TOTP-SHA1-8-60" },
      { kind: "challenge" },
      { kind: "challenge", label: "By counter", suite: "OCRA-1:HOTP-SHA256-8:C-QN10" },
      { kind: "sign", label: "Chuyển tiền", currency: "VND" },
      { kind: "sign", label: "Bills", template: "bill", currency: "USD", digits: 10 },
      { kind: "connected-sign", label: "Orders", currencies: ["VND", "USD"] },
      { kind: "verify-bank", label: "Verify" },
    ]),
  ).toEqual([
    { slot: 0, kind: "time-code", suite: "TOTP-SHA256-6-30", label: "Đăng nhập", pinSeconds: 60 },
    { slot: 1, kind: "time-code", suite: "TOTP-SHA1-8-60", label: "Công ty" },
    { slot: 2, kind: "challenge", suite: "OCRA-1:HOTP-SHA256-8:QN10-T30S" },
    { slot: 3, kind: "challenge", suite: "OCRA-1:HOTP-SHA256-8:C-QN10", label: "By counter" },
    {
      slot: 4,
      kind: "sign",
      suite: "OCRA-1:HOTP-SHA256-8:QH64-T30S",
      label: "Chuyển tiền",
      form: { template: 1, currency: "VND", minorDigits: 0 },
    },
    {
      slot: 5,
      kind: "sign",
      suite: "OCRA-1:HOTP-SHA256-10:QH64-T30S",
      label: "Bills",
      form: { template: 2, currency: "USD", minorDigits: 2 },
    },
    {
      slot: 6,
      kind: "connected-sign",
      suite: "OCRA-1:HOTP-SHA256-0:QH64-T30S",
      label: "Orders",
      currencies: [
        { code: "VND", minorDigits: 0 },
        { code: "USD", minorDigits: 2 },
      ],
    },
    { slot: 7, kind: "verify-bank", suite: "OCRA-1:HOTP-SHA256-8:QA08-T30S", label: "Verify" },
  ]);
});

const time = { kind: "time-code", label: "Login" };
test.each([
  [{}, "1 to 8 objects"],
  [[], "1 to 8 objects"],
  [new Array(9).fill(time), "1 to 8 objects"],
  [[time, "x"], "/1: an object"],
  [[{ label: "x" }], "/0/kind: one of time-code, challenge"],
  [[{ ...time, kind: "toString" }], "/0/kind"],
  [[{ ...time, label: null }], "/0/label: a text"],
  [[{ ...time, label: "" }], "/0/label: 1 to 16 characters expected, not 0"],
  [[{ ...time, label: "Login " }], "/0/label: no space at its ends"],
  [[{ ...time, label: " " }], "/0/label: no space at its ends"],
  [[time, { kind: "challenge" }, time], '/2/label: two credentials of kind time-code are called "Login"'],
  [
    [
      { ...time, label: "B\u00e1n" },
      { ...time, label: "Ba\u0301n" },
    ],
    "/1/label: two credentials of kind time-code",
  ],
  [[{ kind: "challenge" }, { kind: "challenge" }], "/1/label: two credentials of kind challenge have no label"],
  [[{ ...time, label: "Tài khoản tiết kiệm" }], "/0/label: 1 to 16 characters expected, not 19"],
  [[{ ...time, label: "Банк" }], '/0/label: A token can\'t show "Б" (U+0411)'],
  [[{ ...time, lable: "x" }], "/0/lable: no field of time-code, which has kind, label"],
  [[{ ...time, currency: "VND" }], "/0/currency: no field"],
  [[{ ...time, digits: 5 }], "/0/digits: 6 to 10"],
  [[{ ...time, digits: 8, suite: "TOTP-SHA1-6-30" }], "/0/digits: the suite says"],
  [[{ kind: "verify-bank", label: "x", digits: 6 }], "/0/digits: verify-bank has no choice"],
  [[{ ...time, suite: "HOTP-SHA1-6" }], "/0/suite: TOTP-"],
  [
    [{ kind: "challenge", label: "x", suite: "OCRA-1:HOTP-SHA256-8:QN08-T30S" }],
    "(the usual one is OCRA-1:HOTP-SHA256-8:QN10-T30S)",
  ],
  [[{ kind: "connected-sign", label: "x", currencies: ["VND"], suite: "OCRA-1:HOTP-SHA256-0:C-QH64" }], "/0/suite"],
  [[{ ...time, pinSeconds: 0 }], "/0/pinSeconds: 1 to 65535"],
  [[{ kind: "sign", label: "x" }], "/0/currency: a currency of ISO 4217"],
  [[{ kind: "sign", label: "x", currency: "VND", template: "cheque" }], "/0/template: transfer or bill"],
  [[{ kind: "connected-sign", label: "x", currencies: [] }], "/0/currencies: a list of one to four"],
  [[{ kind: "connected-sign", label: "x", currencies: ["vnd"] }], "/0/currencies: a currency"],
] as const)("%j is refused: %s", (list, message) => {
  expect(() => parse(list)).toThrow(CredentialFileError);
  expect(() => parse(list)).toThrow(message);
});

test("what is no JSON is told as such", () => {
  expect(() => parseCredentialFile("[{")).toThrow(/no JSON/);
});
