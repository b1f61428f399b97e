/** Taking over what the key service tells about a personalised token: each seed is opened, checked and sealed anew for this server. */
import type { Currency } from "../../protocol/apdu/currencies.ts";
import type { OrderForm } from "../../protocol/apdu/order-form.ts";
import { enrolmentAad, openSeed, SealError } from "../keys/seal.ts";
import { windowOf } from "./compare.ts";
import type { Judging } from "./judging.ts";
import { credentialSuite, isJudged, SuiteError } from "./rules/credential-suite.ts";
import { PolicyError } from "./rules/policy.ts";
import type { Kind, NewCredential, NewToken } from "./store/store.ts";

/** What the server learns of a token when it is personalised. */
export interface Enrolment {
  serial: string;
  board: string;
  model: number;
  assurance: "O" | "P" | "S";
  firmware: string;
  keyVersion: number;
  credentials: {
    slot: number;
    kind: Kind;
    suite: string;
    label: string;
    /** For a credential of kind sign, and for no other. */
    form?: OrderForm;
    /** For a credential of kind connected-sign. */
    currencies?: Currency[];
    /** Under the enrolment key: `sealSeed` with `enrolmentAad(serial, slot, suite)`. */
    sealedSeed: string;
  }[];
}

/** An enrolment that is well written but can't be used. `pointer` (RFC 6901) names the place. */
export class EnrolmentError extends Error {
  override name = "EnrolmentError";
  readonly pointer: string;
  constructor(pointer: string, message: string) {
    super(message);
    this.pointer = pointer;
  }
}

/** RFC 4226 4, R6: 128 bits at least. The upper bound is the block of SHA-256 and SHA-1, beyond which HMAC hashes the key. */
const SEED_BYTES = { least: 16, most: 64 };

function checkCredentials(judging: Judging, enrolment: Enrolment): void {
  for (const [at, c] of enrolment.credentials.entries()) {
    const before = enrolment.credentials.slice(0, at);
    if (before.some((other) => other.slot === c.slot))
      throw new EnrolmentError(`/credentials/${at}/slot`, "each credential has a slot of its own");
    // One code is judged against one seed: with two of a kind a guess would have twice the chance.
    if (before.some((other) => other.kind === c.kind))
      throw new EnrolmentError(`/credentials/${at}/kind`, `this server takes one credential of kind ${c.kind} a token`);
    if ((c.kind === "sign") !== (c.form !== undefined))
      throw new EnrolmentError(`/credentials/${at}/form`, "a credential of kind sign has a form, and no other has one");
    if (!isJudged(c.kind)) continue;
    try {
      windowOf(judging, credentialSuite(c.kind, c.suite));
    } catch (error) {
      if (error instanceof SuiteError || error instanceof PolicyError)
        throw new EnrolmentError(`/credentials/${at}/suite`, error.message);
      throw error;
    }
  }
}

function reseal(judging: Judging, enrolmentKey: Uint8Array, enrolment: Enrolment, generation: number): NewCredential[] {
  const { serial, keyVersion } = enrolment;
  return enrolment.credentials.map(({ slot, kind, suite, label, form, sealedSeed }, at) => {
    let seed: Uint8Array;
    try {
      seed = openSeed(enrolmentKey, enrolmentAad(serial, slot, suite), sealedSeed);
    } catch (error) {
      if (error instanceof SealError) throw new EnrolmentError(`/credentials/${at}/sealedSeed`, error.message);
      throw error;
    }
    try {
      if (seed.length < SEED_BYTES.least || seed.length > SEED_BYTES.most)
        throw new EnrolmentError(
          `/credentials/${at}/sealedSeed`,
          `a seed has ${SEED_BYTES.least} to ${SEED_BYTES.most} bytes, this one has ${seed.length}`,
        );
      const identity = { realm: judging.realm, serial, slot, suite, generation, keyVersion };
      const { template = null, currency = null } = form ?? {};
      return { slot, kind, suite, label, template, currency, sealedSeed: judging.vault.seal(identity, seed) };
    } finally {
      seed.fill(0);
    }
  });
}

/**
 * Enrols a token. Enrolled anew (`replace`), it starts as a new generation: new credentials, no failures, assigned to nobody until it
 * is assigned again, for it may be in other hands now.
 * @param enrolmentKey 32 bytes, shared with the key service
 * @returns `exists` when the serial is enrolled already and `replace` is false, or when another enrolment of it came first
 * @throws EnrolmentError
 */
export async function enrol(
  judging: Judging,
  enrolmentKey: Uint8Array,
  enrolment: Enrolment,
  replace: boolean,
): Promise<"enrolled" | "exists"> {
  checkCredentials(judging, enrolment);
  const before = await judging.store.token(judging.realm, enrolment.serial);
  const generation = (before?.generation ?? 0) + 1;
  const credentials = reseal(judging, enrolmentKey, enrolment, generation);
  if (before && !replace) return "exists";
  const { serial, board, model, assurance, firmware, keyVersion } = enrolment;
  const token: NewToken = {
    realm: judging.realm,
    serial,
    generation,
    board,
    model,
    assurance,
    firmware,
    keyVersion,
    enrolledAt: judging.clock(),
  };
  return (await judging.store.enrol(token, credentials)) ? "enrolled" : "exists";
}
