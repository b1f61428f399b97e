/** A key service in the same process as its user, over a laboratory keystore. */

import { type KeyChannel, type KeyService, KeyServiceError, type TokenIdentity } from "./key-service.ts";
import { type Keystore, wipeKeystore } from "./keystore.ts";

import { LocalKeyChannel } from "./local-key-channel.ts";
import { deriveTransportKeys } from "./transport-keys.ts";

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
      enrolmentKey,
    });
  }

  /** Overwrites the keystore's keys. */
  close(): void {
    wipeKeystore(this.#keystore);
  }
}
