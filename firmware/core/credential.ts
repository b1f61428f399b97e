/** A credential as the journal holds it. */
import type { Wire } from "../../protocol/primitives.ts";
import { readSuite, type Suite } from "./codes.ts";

/** A credential as it is personalised, without its key. */
export interface CredentialData {
  readonly slot: number;
  /** KIND_TIME_CODE, KIND_CHALLENGE or KIND_SIGN: what the customer does with it. */
  readonly kind: number;
  /** `TOTP-SHA256-8-30` and the like for a time code, an OCRA suite for the others. */
  readonly suite: string;
  /** The bank's name for it, in the code page; "" for the token's own word. */
  readonly label: string;
  /** What the kind asks for (protocol/apdu/personalisation-data.ts). */
  readonly parameters: Uint8Array;
  /** Seconds for which a PIN is good for more of its codes; left out for none. */
  readonly pinSeconds?: number;
}

/** A credential without its key, its suite read: what menus, screens and computations need. */
export interface Credential {
  readonly slot: number;
  readonly kind: number;
  readonly label: string;
  readonly parameters: Uint8Array;
  /** A time code's, a counter code's, or an OCRA suite, by the kind. */
  readonly suite: Suite;
  /** Seconds of a time step; 0 for a code that knows no time. */
  readonly period: number;
  /** Seconds for which a PIN is good for more of its codes; 0 where each has its own. */
  readonly pinSeconds: number;
}

/** The journal's value for a credential with its key. The caller overwrites the result after use. */
export function encodeCredential(wire: Wire, credential: CredentialData, key: Uint8Array): Uint8Array {
  const suite = wire.fromLatin1(credential.suite);
  const label = wire.fromLatin1(credential.label);
  const fields = [suite, label, credential.parameters];
  const value = new Uint8Array(6 + suite.length + label.length + credential.parameters.length + key.length);
  value[0] = credential.kind;
  let at = 1;
  for (let i = 0; i < 3; i++) {
    value[at] = fields[i].length;
    value.set(fields[i], at + 1);
    at += 1 + fields[i].length;
  }
  const seconds = credential.pinSeconds || 0;
  value[at] = seconds >> 8;
  value[at + 1] = seconds;
  value.set(key, at + 2);
  return value;
}

/** Reads a journal value without its key. */
export function decodeCredential(wire: Wire, slot: number, value: Uint8Array): Credential {
  const at = 2 + value[1];
  const bytes = new Uint8Array(value.subarray(2, at));
  const text = wire.toLatin1(bytes);
  const next = at + 1 + value[at];
  const own = next + 1 + value[next];
  const suite = readSuite(value[0], text, bytes);
  const times = suite as { period?: number; timeStepSeconds?: number };
  return {
    slot: slot,
    kind: value[0],
    label: wire.toLatin1(value.subarray(at + 1, next)),
    parameters: new Uint8Array(value.subarray(next + 1, own)),
    suite: suite,
    period: times.period || times.timeStepSeconds || 0,
    pinSeconds: (value[own] << 8) | value[own + 1],
  };
}

/** Where the key begins in a journal value; it reaches to the end. */
export function keyOffset(value: Uint8Array): number {
  const label = 2 + value[1];
  const parameters = label + 1 + value[label];
  return parameters + 3 + value[parameters];
}
