/**
 * Makes a token the issuer's, in this order:
 *
 *   1. a session under the batch key, with which the manufacturer delivered the token
 *   2. PUT KEY: the issuer's keys
 *   3. a new session, under those
 *   4. STORE DATA: policy and credentials; SET CLOCK; the last block with its confirmation
 *
 * No seed travels under a key that the manufacturer has. But the issuer's keys do, once, in step 2, and SCP03 has no forward secrecy: who
 * has the batch key and a recording of this line can read them, and then the seeds. So the line at the desk is one that nobody else can
 * record, and the batch key is erased on all sides when its order closes (SECURITY.md).
 *
 * The token keeps all of it in RAM until the last block is right, and then commits everything at once: broken off anywhere before, it is
 * what it was, and the next run completes it. A token that committed but whose answer was lost is found `issued` by the next run, which
 * then starts at step 3 and gives it new seeds: whether the old ones are the token's can't be known. That run needs `resume`.
 */

import { LANGUAGE_ENGLISH, TEMPLATE_TRANSFER } from "../../protocol/apdu/credential-kind.ts";
import { TOKEN_STATES, type TokenInformation } from "../../protocol/apdu/get-data.ts";
import { tokenInfo } from "../device/token.ts";
import type { Transport } from "../device/transport.ts";
import { withoutOwnName } from "../keys/credential-names.ts";
import type { CredentialOrder, KeyService, PersonalisationOrder } from "../keys/key-service.ts";
import { setClock } from "./clock-sync.ts";
import type { Enrolment } from "./enrolment.ts";
import { type HostClock, systemClock } from "./host-clock.ts";
import { putIssuerKeys } from "./issuer-keys.ts";
import { TokenSession } from "./token-session.ts";

const BLANK = TOKEN_STATES.indexOf("blank");
const FACTORY = TOKEN_STATES.indexOf("factory");
const ISSUED = TOKEN_STATES.indexOf("issued");

/** What a token gets where nothing else is said: a time code and a challenge code, by its own words for them. */
export const STANDARD_CREDENTIALS: readonly CredentialOrder[] = [
  { slot: 0, kind: "time-code", suite: "TOTP-SHA256-8-30" },
  { slot: 1, kind: "challenge", suite: "OCRA-1:HOTP-SHA256-8:QN10-T30S" },
];

/** Of ISO 4217's exponents, as the host knows them. @throws RangeError for what is no code of a currency */
function minorDigitsOf(currency: string): number {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 0;
}

/** A credential that signs the orders that the bank sends over the cable. @throws RangeError for what is no code of a currency */
export function connectedCredential(slot: number, ...codes: string[]): CredentialOrder {
  const currencies = codes.map((code) => ({ code, minorDigits: minorDigitsOf(code) }));
  return { slot, kind: "connected-sign", suite: "OCRA-1:HOTP-SHA256-0:QH64-T30S", currencies };
}

/** A credential that signs transfers in a currency, which the customer types. @throws RangeError for what is no code of a currency */
export function transferCredential(slot: number, currency: string): CredentialOrder {
  const form = { template: TEMPLATE_TRANSFER, currency, minorDigits: minorDigitsOf(currency) };
  return { slot, kind: "sign", suite: "OCRA-1:HOTP-SHA256-8:QH64-T30S", form };
}

export const STANDARD_POLICY: PersonalisationOrder["policy"] = {
  pinTryLimit: 5,
  autoOffSeconds: 30,
  language: LANGUAGE_ENGLISH,
};

/** What is being done now, for whoever watches. */
export type PersonalisationStep = "session" | "issuer-keys" | "issuer-session" | "store" | "clock" | "commit";

export interface PersonaliseOptions {
  /** A token that is the issuer's already gets new credentials, and its customer's PIN is forgotten. Without this it is refused. */
  replace?: boolean;
  /** Serial number of a token whose last answer an earlier run may have lost: if it is issued, without a PIN yet, it gets new credentials. */
  resume?: string;
  policy?: Partial<PersonalisationOrder["policy"]>;
  credentials?: readonly CredentialOrder[];
  clock?: HostClock;
  /**
   * The customer has to type an activation code, from a letter of the bank's, before the token takes a PIN. Without it the token takes
   * its first PIN from whoever has it: right where the customer stands at the desk and sets it there, and for laboratories.
   */
  activation?: { days: number };
  /** Called as each step begins; `done` of `total` steps are behind. */
  progress?: (step: PersonalisationStep, done: number, total: number) => void;
  /**
   * Called with the enrolment before the token commits. Whoever keeps it here loses no seed when power, cable or machine fail next. The
   * personalisation goes on when the promise is fulfilled, and is broken off, with the token unchanged, when it is rejected.
   * @param letter what the customer's letter has to say, where an activation code was asked for
   */
  beforeCommit?: (enrolment: Enrolment, letter: ActivationLetter | undefined) => Promise<void>;
}

/** For the customer's eyes: who has it and the token can set the PIN. */
export interface ActivationLetter {
  serial: string;
  /** 20 digits in groups of four, as the token shows them. */
  activationCode: string;
  /** The token refuses the code from then on. ISO 8601, UTC. */
  expires: string;
}

/** The token is not in a state to be personalised, or its customer could not tell its credentials apart. */
export class PersonalisationError extends Error {
  override name = "PersonalisationError";
}

/**
 * @returns what the validation server is to learn, after the token confirmed it
 * @throws PersonalisationError
 * @throws PortError
 * @throws TokenRefusal
 * @throws KeyServiceError and Scp03Error
 */
export async function personalise(
  transport: Transport,
  keys: KeyService,
  options: PersonaliseOptions = {},
): Promise<Enrolment> {
  const nameless = withoutOwnName(options.credentials ?? []);
  if (nameless) throw new PersonalisationError(nameless.message);
  const info = await tokenInfo(transport);
  checkState(info, options);
  const otherKeys = info.keyVersion !== keys.issuerKeyVersion;
  const step = steps(options.progress, otherKeys);
  if (otherKeys) {
    step("session");
    await putIssuerKeys(transport, keys, info, () => step("issuer-keys"));
  }
  step("issuer-session");
  const session = await TokenSession.open(transport, keys, info, keys.issuerKeyVersion);
  try {
    // Asked again where nobody on the way can change it: the server trusts the board and its class, and a token that is in use is
    // not to be overwritten because a line said that it is not.
    const inside = await session.information();
    if (inside.serial !== info.serial)
      throw new PersonalisationError(`The token calls itself ${inside.serial}, but has the keys of ${info.serial}.`);
    checkState(inside, options);
    return await store(session, keys, inside, options, step);
  } finally {
    await session.end();
  }
}

type Step = (step: PersonalisationStep) => void;

function steps(progress: PersonaliseOptions["progress"], otherKeys: boolean): Step {
  const total = otherKeys ? 6 : 4;
  let done = 0;
  return (step) => progress?.(step, done++, total);
}

function checkState({ state, serial }: TokenInformation, { replace, resume }: PersonaliseOptions): void {
  if (state === BLANK) throw new PersonalisationError("The token has no serial number and no keys: install it first.");
  if (state !== FACTORY && !(state === ISSUED && serial === resume) && !replace)
    throw new PersonalisationError(
      `Token ${serial} is personalised already (${TOKEN_STATES[state]}). To give it new credentials, and make it forget its customer's PIN, ask for a replacement (--replace).`,
    );
}

async function store(
  session: TokenSession,
  keys: KeyService,
  info: TokenInformation,
  { policy, credentials = STANDARD_CREDENTIALS, activation, clock = systemClock, beforeCommit }: PersonaliseOptions,
  step: Step,
): Promise<Enrolment> {
  const { channel } = session;
  step("store");
  const end = Math.floor(clock.now() / 1000) + (activation?.days ?? 0) * 86_400;
  const made = await channel.makeCredentials({
    policy: { ...STANDARD_POLICY, ...policy },
    credentials: [...credentials],
    activation: activation && { end },
  });
  for (let block = 1; block < made.blocks; block++) await session.send("STORE DATA", await channel.storeBlock());
  step("clock");
  await setClock(session, await roundTrip(session, clock), clock);
  const enrolment: Enrolment = {
    serial: info.serial,
    board: info.boardName,
    model: (info.model[0] << 8) | info.model[1],
    assurance: info.assuranceClass,
    firmware: info.firmwareVersion,
    keyVersion: keys.issuerKeyVersion,
    credentials: made.credentials,
  };
  step("commit");
  const letter = made.activationCode === undefined ? undefined : letterOf(info.serial, made.activationCode, end);
  await beforeCommit?.(enrolment, letter);
  await session.send("STORE DATA", await channel.storeBlock());
  return enrolment;
}

function letterOf(serial: string, code: string, end: number): ActivationLetter {
  return { serial, activationCode: code.replace(/.{4}(?=.)/g, "$& "), expires: new Date(end * 1000).toISOString() };
}

/** Milliseconds that a clock reading takes, the shorter of two. */
async function roundTrip(session: TokenSession, clock: HostClock): Promise<number> {
  let shortest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 2; i++) {
    const sent = clock.now();
    await session.clock();
    shortest = Math.min(shortest, clock.now() - sent);
  }
  return shortest;
}
