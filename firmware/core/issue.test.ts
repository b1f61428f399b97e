import { expect, test } from "vitest";
import { wire } from "../../host-tools/crypto/node.ts";
import { KIND_CHALLENGE, KIND_COUNTER_CODE, KIND_TIME_CODE } from "../../protocol/apdu/credential-kind.ts";
import { type IssuePolicy, issuedEntries } from "./issue.ts";

const policy: IssuePolicy = { pinTries: 5, autoOffSeconds: 30, language: 1 };
const counter = { slot: 0, kind: KIND_COUNTER_CODE, suite: "HOTP-SHA1-6", label: "A", parameters: new Uint8Array(0) };
const seed = new Uint8Array(20).fill(7);
const issue = (given: { serial?: string; policy?: Partial<IssuePolicy>; credential?: object; seeds?: Uint8Array[] }) =>
  issuedEntries(
    wire,
    given.serial ?? "A-1",
    { ...policy, ...given.policy },
    [{ ...counter, ...given.credential }],
    given.seeds ?? [seed],
  );

test("a token that counts is issued with its seed, and with nothing to be removed", () => {
  const entries = issue({});
  expect(entries.every(({ value }) => value.length > 0)).toBe(true);
  expect(entries.some(({ value }) => Buffer.from(value).includes(Buffer.from(seed)))).toBe(true);
});

test.each([
  ["no serial number", { serial: "" }, "1 to 16 characters"],
  ["one that is too long", { serial: "A".repeat(17) }, "1 to 16 characters"],
  ["no try for a PIN", { policy: { pinTries: 0 } }, "1 to 10 tries, not 0"],
  ["eleven tries", { policy: { pinTries: 11 } }, "1 to 10 tries, not 11"],
  ["an hour of light", { policy: { autoOffSeconds: 3600 } }, "10 to 600 seconds, not 3600"],
  ["two seeds for a credential", { seeds: [seed, seed] }, "not 2 for 1"],
  ["a short seed", { seeds: [seed.subarray(0, 8)] }, "16 to 64 bytes, not 8"],
  ["a long label", { credential: { label: "A".repeat(17) } }, "up to 16 characters, not 17"],
  ["a hash that the board lacks", { credential: { suite: "HOTP-SHA512-6" } }, "HOTP-SHA512-6"],
  ["a time code", { credential: { kind: KIND_TIME_CODE, suite: "TOTP-SHA1-6-30" } }, "TOTP-SHA1-6-30"],
  [
    "a challenge by time",
    { credential: { kind: KIND_CHALLENGE, suite: "OCRA-1:HOTP-SHA256-8:QN10-T30S" } },
    "QN10-T30S",
  ],
])("it is refused with %s", (_, given, message) => {
  expect(() => issue(given)).toThrow(message);
});

test("it is refused with two of a kind that its customer could not tell apart", () => {
  const two = (label: string) =>
    issuedEntries(wire, "A-1", policy, [counter, { ...counter, slot: 1, label }], [seed, seed]);
  expect(() => two("A")).toThrow('not "A" twice');
  expect(two("")).not.toHaveLength(0);
});
