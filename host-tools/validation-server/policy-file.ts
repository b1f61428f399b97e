/** The policy as a JSON file: what it names differs from the defaults, and what it does not know is refused. */
import { Type } from "typebox";
import { Value } from "typebox/value";
import { checkPolicy, defaultPolicy, type Policy, PolicyError } from "./rules/policy.ts";

const closed = { additionalProperties: false };

const PolicyFile = Type.Partial(
  Type.Object({
    maxFailures: Type.Integer(),
    transactionTries: Type.Integer(),
    transactionSeconds: Type.Integer(),
    windows: Type.Record(
      Type.String({ pattern: "^[1-9][0-9]{0,2}$" }),
      Type.Object({ back: Type.Integer(), forward: Type.Integer() }, closed),
      closed,
    ),
  }),
  closed,
);

/** @throws PolicyError for anything but a JSON object of policy values that are in their ranges */
export function parsePolicy(text: string): Partial<Policy> {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    throw new PolicyError("the policy is not JSON");
  }
  if (!Value.Check(PolicyFile, policy)) {
    const [first] = Value.Errors(PolicyFile, policy);
    throw new PolicyError(`the policy can't be used: ${first.instancePath || "it"} ${first.message}`);
  }
  checkPolicy({ ...defaultPolicy, ...policy });
  return policy;
}
