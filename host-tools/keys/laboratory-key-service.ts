/** A key service in the same process as its user, over a laboratory keystore. */

import { UNLOCK_SUITE } from "../../protocol/apdu/credential-kind.ts";
import { orderMac } from "../../protocol/apdu/sign-order.ts";
import { ocra } from "../../protocol/otp/ocra.ts";
import { parseSuite } from "../../protocol/otp/suite.ts";
import { aes128, hashes } from "../crypto/node.ts";
import { type KeyChannel, type KeyService, KeyServiceError, type TokenIdentity } from "./key-service.ts";
import { type Keystore, wipeKeystore } from "./keystore.ts";

import { LocalKeyChannel } from "./local-key-channel.ts";
import { deriveOrderKey, deriveTransportKeys, deriveUnlockKey } from "./transport-keys.ts";

export class LaboratoryKeyService implements KeyService {
  readonly #keystore: Keystore;

  /** @param keystore belongs to the service from now on: `close` overwrites its keys */
  constructor(keystore: Keystore) {
    this.#keystore = keystore;
  }

  get issuerKeyVersion(): number {
    return this.#keystore.issuerMasterKey.version;
  }

  async openChannel(token: TokenIdentity, keyVersion: number): Promise<KeyChannel> {
    const { issuerId, issuerMasterKey, batchKeys, enrolmentKey } = this.#keystore;
    const derive = ({ key, version }: { key: Uint8Array; version: number }) =>
      deriveTransportKeys(key, version, issuerId, token.serial, token.model);
    const ofIssuer = keyVersion === issuerMasterKey.version;
    const source = ofIssuer ? issuerMasterKey : batchKeys.find(({ version }) => version === keyVersion);
    if (!source)
      throw new KeyServiceError(
        `The keystore has no key of version ${keyVersion}, which token ${token.serial} asks for.`,
      );
    return new LocalKeyChannel({
      serial: token.serial,
      keys: derive(source),
      issuerKeys: ofIssuer ? undefined : () => derive(issuerMasterKey),
      orderKey: () => this.#orderKey(token),
      unlockKey: () => this.#unlockKey(token),
      enrolmentKey,
    });
  }

  async authenticateOrder(token: TokenIdentity, body: Uint8Array): Promise<Uint8Array> {
    const key = this.#orderKey(token);
    const mac = orderMac(aes128(key), body);
    key.fill(0);
    return mac;
  }

  #orderKey(token: TokenIdentity): Uint8Array {
    const { issuerId, issuerMasterKey } = this.#keystore;
    return deriveOrderKey(issuerMasterKey.key, issuerMasterKey.version, issuerId, token.serial, token.model);
  }

  async unlockAnswer(token: TokenIdentity, challenge: string): Promise<string> {
    if (!/^\d{8}$/.test(challenge) || Number(challenge) % 16 === 0)
      throw new KeyServiceError("A challenge has eight digits, and is no multiple of 16: read it once more.");
    if (!challenge.startsWith("1"))
      throw new KeyServiceError("This challenge does not ask to keep the PIN, and nothing else is answered.");
    const key = this.#unlockKey(token);
    try {
      return ocra(hashes, key, parseSuite(UNLOCK_SUITE), { question: challenge });
    } finally {
      key.fill(0);
    }
  }

  #unlockKey({ serial, model }: TokenIdentity): Uint8Array {
    const { issuerId, issuerMasterKey } = this.#keystore;
    return deriveUnlockKey(issuerMasterKey.key, issuerMasterKey.version, issuerId, serial, model);
  }

  /** Overwrites the keystore's keys. */
  close(): void {
    wipeKeystore(this.#keystore);
  }
}
