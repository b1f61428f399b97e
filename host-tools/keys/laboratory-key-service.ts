/** A key service in the same process as its user, over a laboratory keystore. */

import { UNLOCK_SUITE } from "../../protocol/apdu/credential-kind.ts";
import { orderMac } from "../../protocol/apdu/sign-order.ts";
import { ocra } from "../../protocol/otp/ocra.ts";
import { parseSuite } from "../../protocol/otp/suite.ts";
import { aes128, hashes } from "../crypto/node.ts";
import { type Audit, noAudit } from "./audit-log.ts";
import { type KeyChannel, type KeyService, KeyServiceError, type TokenIdentity } from "./key-service.ts";
import { type Keystore, type VersionedKey, wipeKeystore } from "./keystore.ts";
import { LocalKeyChannel } from "./local-key-channel.ts";
import { deriveOrderKey, deriveTransportKeys, deriveUnlockKey } from "./transport-keys.ts";

export class LaboratoryKeyService implements KeyService {
  readonly #keystore: Keystore;
  readonly #audit: Audit;

  /**
   * @param keystore belongs to the service from now on: `close` overwrites its keys
   * @param audit records what the service is asked to do to a token, before it does it
   */
  constructor(keystore: Keystore, audit: Audit = noAudit) {
    this.#keystore = keystore;
    this.#audit = audit;
  }

  get issuerKeyVersion(): number {
    return this.#keystore.issuerMasterKey.version;
  }

  async openChannel(token: TokenIdentity, keyVersion: number): Promise<KeyChannel> {
    const { issuerId, issuerMasterKey, batchKeys, enrolmentKey } = this.#keystore;
    const derive = ({ key, version }: { key: Uint8Array; version: number }) =>
      deriveTransportKeys(key, version, issuerId, token.serial, token.model);
    const ofIssuer = keyVersion === issuerMasterKey.version;
    const source = [...this.#issuerKeys(), ...batchKeys].find(({ version }) => version === keyVersion);
    if (!source)
      throw new KeyServiceError(
        `The keystore has no key of version ${keyVersion}, which token ${token.serial} asks for.`,
      );
    return new LocalKeyChannel({
      serial: token.serial,
      keys: derive(source),
      issuerKeys: ofIssuer ? undefined : () => derive(issuerMasterKey),
      orderKey: () => this.#orderKey({ ...token, keyVersion }),
      unlockKey: () => this.#unlockKey({ ...token, keyVersion }),
      enrolmentKey,
      audit: this.#audit,
    });
  }

  async authenticateOrder(token: TokenIdentity, body: Uint8Array): Promise<Uint8Array> {
    const key = this.#orderKey(token);
    const mac = orderMac(aes128(key), body);
    key.fill(0);
    return mac;
  }

  #issuerKeys(): VersionedKey[] {
    return [this.#keystore.issuerMasterKey, ...(this.#keystore.formerIssuerKeys ?? [])];
  }

  /** That of the token's keys. */
  #issuerKeyOf({ serial, keyVersion }: TokenIdentity): VersionedKey {
    const keys = this.#issuerKeys();
    if (keyVersion === undefined && keys.length > 1)
      throw new KeyServiceError(
        `The issuer's key was rotated: say which version token ${serial} has, one of ${keys.map(({ version }) => version).join(", ")} (--key-version). The token itself tells it.`,
      );
    const key = keyVersion === undefined ? keys[0] : keys.find(({ version }) => version === keyVersion);
    if (!key) throw new KeyServiceError(`The keystore has no issuer key of version ${keyVersion}.`);
    return key;
  }

  #orderKey(token: TokenIdentity): Uint8Array {
    const { key, version } = this.#issuerKeyOf(token);
    return deriveOrderKey(key, version, this.#keystore.issuerId, token.serial, token.model);
  }

  async unlockAnswer(token: TokenIdentity, challenge: string, newPin = false): Promise<string> {
    checkUnlockChallenge(challenge);
    if (!challenge.startsWith(newPin ? "2" : "1"))
      throw new KeyServiceError(
        newPin
          ? "This challenge does not ask for a new PIN: one that does begins with 2."
          : "This challenge does not ask to keep the PIN: one that does begins with 1. Whether the customer may set a new one is to be decided.",
      );
    const key = this.#unlockKey(token);
    try {
      const { serial } = token;
      await this.#audit({ event: "unlock-answer", serial, keyVersion: this.#issuerKeyOf(token).version, newPin });
      return ocra(hashes, key, parseSuite(UNLOCK_SUITE), { question: challenge });
    } finally {
      key.fill(0);
    }
  }

  #unlockKey(token: TokenIdentity): Uint8Array {
    const { key, version } = this.#issuerKeyOf(token);
    return deriveUnlockKey(key, version, this.#keystore.issuerId, token.serial, token.model);
  }

  /** Overwrites the keystore's keys. */
  close(): void {
    wipeKeystore(this.#keystore);
  }
}

const DIGITS = 8;
const NUMBERS = "no one two three four five six seven eight".split(" ");

/** @throws KeyServiceError for what no token shows: a customer misread it, or somebody mistyped it */
function checkUnlockChallenge(challenge: string): void {
  if (challenge === "") throw new KeyServiceError("A challenge has eight digits; none came.");
  if (!/^\d+$/.test(challenge))
    throw new KeyServiceError("A challenge is eight digits, with or without spaces, and no other character.");
  if (challenge.length !== DIGITS)
    throw new KeyServiceError(
      `A challenge has eight digits; ${challenge} has ${NUMBERS[challenge.length] ?? challenge.length}.`,
    );
  if (!/^[12]/.test(challenge) || Number(challenge) % 16 === 0)
    throw new KeyServiceError("A digit is mistyped: no token shows this challenge. Read it once more.");
}
