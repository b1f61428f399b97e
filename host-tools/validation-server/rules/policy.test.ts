import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePolicy } from "../policy-file.ts";
import { checkPolicy, defaultPolicy, PolicyError } from "./policy.ts";

describe("the policy", () => {
  it("is in order as it comes", () => {
    expect(() => checkPolicy(defaultPolicy)).not.toThrow();
  });

  it("never lets a code live longer than two minutes", () => {
    const small = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), small, small, (period, back, forward) => {
        const check = () => checkPolicy({ ...defaultPolicy, windows: { [period]: { back, forward } } });
        if ((back + forward + 1) * period <= 120) expect(check).not.toThrow();
        else expect(check).toThrow(PolicyError);
      }),
    );
  });

  it("never locks later than after ten failures, and always locks", () => {
    for (const maxFailures of [0, 11, -1, 2.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => checkPolicy({ ...defaultPolicy, maxFailures })).toThrow(PolicyError);
    for (const maxFailures of [1, 5, 10]) expect(() => checkPolicy({ ...defaultPolicy, maxFailures })).not.toThrow();
  });

  it("never keeps a transaction open longer than two minutes", () => {
    expect(() => checkPolicy({ ...defaultPolicy, transactionSeconds: 121 })).toThrow(PolicyError);
    expect(() => checkPolicy({ ...defaultPolicy, transactionTries: 11 })).toThrow(PolicyError);
  });
});

describe("a policy file", () => {
  it("changes what it names", () => {
    expect(parsePolicy('{"maxFailures":5}')).toEqual({ maxFailures: 5 });
    expect(parsePolicy('{"windows":{"30":{"back":1,"forward":1}}}').windows).toEqual({ 30: { back: 1, forward: 1 } });
  });

  it("is refused when it names what does not exist, or breaks a rule", () => {
    const refused = [
      "",
      "[]",
      "null",
      '{"maxFailure":5}',
      '{"maxFailures":"5"}',
      '{"maxFailures":11}',
      '{"windows":{}}',
      '{"windows":{"30":{"back":3,"forward":1}}}',
      '{"windows":{"30":{"back":1,"forward":1,"sideways":1}}}',
      '{"windows":{"half a minute":{"back":1,"forward":1}}}',
    ];
    for (const text of refused) expect(() => parsePolicy(text), text).toThrow(PolicyError);
  });
});
