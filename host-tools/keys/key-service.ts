/**
 * The key service runs the host's side of SCP03. Keys and seeds never leave it: a desk, a batch station or a browser asks it for
 * commands, carries them to the token as bytes that it can't read, and brings the answers back.
 */
import type { Currency } from "../../protocol/apdu/currencies.ts";
import type { OrderForm } from "../../protocol/apdu/order-form.ts";
import type { Policy } from "../../protocol/apdu/personalisation-data.ts";
import type { ResponseApdu } from "../../protocol/apdu/response.ts";
import type { CredentialKind } from "./credential-kinds.ts";

/** Whose keys to derive: what the token said about itself. A token that lied can't answer for the keys of another. */
export interface TokenIdentity {
  /** 1 to 16 ASCII characters */
  serial: string;
  /** 2 bytes */
  model: Uint8Array;
  /** Of its keys, as it says itself. Where a key service had its issuer key rotated, nothing but this tells which one a token's keys are of. */
  keyVersion?: number;
}

export interface KeyService {
  /** Version of the keys that a personalised token has, 1 to 127. */
  readonly issuerKeyVersion: number;
  /**
   * The host's end of a new secure channel.
   * @param keyVersion of the token's present keys: a batch key's, `issuerKeyVersion`, or that of an issuer key before a rotation
   * @throws KeyServiceError when it has no key of that version
   */
  openChannel(token: TokenIdentity, keyVersion: number): Promise<KeyChannel>;
  /**
   * The bank's word for an order: the MAC under the token's order key.
   * @param body nonce, expiry and order, as `orderBody` of protocol/apdu/sign-order.ts makes it
   * @returns 16 bytes
   */
  authenticateOrder(token: TokenIdentity, body: Uint8Array): Promise<Uint8Array>;
  /**
   * The answer to the challenge of a locked token. Whoever asks has made sure that it is the token's customer who wants it unlocked.
   * @param challenge eight digits, as the token shows them
   * @param newPin what was agreed with the customer: who has forgotten the PIN sets another, and the challenge begins with 2. It makes
   *   whoever holds the token its customer, so it is a decision of its own: a challenge of the other kind is not answered.
   * @returns eight digits
   * @throws KeyServiceError for what no token shows, and for a challenge of the other kind
   */
  unlockAnswer(token: TokenIdentity, challenge: string, newPin?: boolean): Promise<string>;
}

/** A credential to be made. The seed is not the caller's business. */
export interface CredentialOrder {
  slot: number;
  kind: CredentialKind;
  /** `TOTP-SHA256-8-30`, or an OCRA suite (RFC 6287 6) */
  suite: string;
  /**
   * What the token calls it: 1 to 16 characters, Vietnamese letters and ASCII. Left out for the token's own word in its customer's language.
   * Two credentials of a kind have two labels.
   */
  label?: string;
  /** What a credential of kind sign signs; none for any other. */
  form?: OrderForm;
  /** Those of the orders that a credential of kind connected-sign signs, one to four; none for any other. */
  currencies?: Currency[];
  /** Seconds for which a PIN is good for more codes of this credential, and until it is dark. Left out: the PIN is asked for each. */
  pinSeconds?: number;
}

/** The same credential, as the validation server takes it. */
export interface SealedCredential extends CredentialOrder {
  /** Or an English name, for people's lists, where the token has its own word (`nameOf`) */
  label: string;
  /** Under the enrolment key, see seal.ts */
  sealedSeed: string;
}

/** All that a personalisation stores. */
export interface PersonalisationOrder {
  policy: Omit<Policy, "tag">;
  credentials: CredentialOrder[];
  /** The token is to take no PIN before it was given an activation code, which it refuses from this Unix time on. */
  activation?: { end: number };
  /** False for a token that only new credentials unlock. Any other can be unlocked by an answer of this key service. */
  unlock?: boolean;
}

/** What a personalisation was made of, beside the blocks that carry it. */
export interface MadeCredentials {
  blocks: number;
  credentials: SealedCredential[];
  /** 20 digits, for the customer's letter and nobody else, where the order asks for them. */
  activationCode?: string;
}

/**
 * One secure channel, in this order: `initializeUpdate`, `externalAuthenticate`, `accept`; then any number of a command and its
 * `accept`. Each function gives a command APDU as it travels. A call out of turn or an answer that the token's keys did not make ends
 * the channel with an Scp03Error.
 */
export interface KeyChannel {
  initializeUpdate(): Promise<Uint8Array>;
  /**
   * @param answer to INITIALIZE UPDATE
   * @throws KeyServiceError when the token does not have the keys of its serial number
   */
  externalAuthenticate(answer: Uint8Array): Promise<Uint8Array>;
  /** GET DATA of the token information: as in clear, but nobody on the way can have changed it. */
  getInformation(): Promise<Uint8Array>;
  /** GET DATA of the clock. */
  getClock(): Promise<Uint8Array>;
  /** GET DATA of when the clock was set last, and its drift. */
  getClockHistory(): Promise<Uint8Array>;
  /** @param unixSeconds whole. A key service may refuse a time that is far from its own with KeyServiceError. */
  setClock(unixSeconds: number): Promise<Uint8Array>;
  /**
   * PUT KEY to the issuer's present set, from a batch key's or from the set of an issuer key before a rotation. The one command whose recording gives the issuer's keys of this token to whoever has
   * the key before: it belongs on a line that nobody else can record.
   * @throws KeyServiceError when the channel stands on the issuer's keys already
   */
  putIssuerKeys(): Promise<Uint8Array>;
  /**
   * Makes fresh seeds, and an activation code where one is ordered, and the STORE DATA blocks that carry them. The sealed seeds come back before any block is sent, so that the
   * caller can keep them in a safe place before the token takes its last one.
   * @throws KeyServiceError when the channel stands on a batch key: no seed travels under a key that the manufacturer has; and for two
   *   credentials of a kind that no label tells apart
   */
  makeCredentials(order: PersonalisationOrder): Promise<MadeCredentials>;
  /**
   * Makes the STORE DATA blocks that give an issued token, after PUT KEY, the issuer's other keys: those by which it knows the bank's orders
   * and can be unlocked. The last one makes the token keep all of the new keys; seeds and PIN stay as they are.
   * @returns how many blocks
   * @throws KeyServiceError when the channel does not stand on the issuer's present keys
   */
  makeRotation(): Promise<number>;
  /** The next STORE DATA block. The last one makes the token keep everything. */
  storeBlock(): Promise<Uint8Array>;
  /**
   * INSTALL [for load]: begins an update of the firmware. A key service may refuse an image that its bank has not released.
   * @param digest of the image, 32 bytes
   * @param header 24 bytes, both as protocol/image/firmware-image.ts has it
   */
  installForLoad(digest: Uint8Array, header: Uint8Array): Promise<Uint8Array>;
  /**
   * LOAD: the next block of the image.
   * @param number from 0
   * @param bytes 4 to 236, a multiple of four
   */
  load(number: number, last: boolean, bytes: Uint8Array): Promise<Uint8Array>;
  /** INSTALL [for make selectable]: the token compares all that it loaded with the digest, then restarts with it. */
  installForMakeSelectable(): Promise<Uint8Array>;
  /**
   * The answer to the command that was made last, in clear. What the token proves in it, after PUT KEY, the last STORE DATA block and
   * the end of an update, has been checked.
   * @throws Scp03Error
   * @throws KeyServiceError when the token's proof is wrong
   */
  accept(answer: Uint8Array): Promise<ResponseApdu>;
  /** Ends the channel and overwrites its keys and seeds. May be called at any time. */
  close(): Promise<void>;
}

/** The key service does not do that, or does not believe the token. Never carries a secret. */
export class KeyServiceError extends Error {
  override name = "KeyServiceError";
}
