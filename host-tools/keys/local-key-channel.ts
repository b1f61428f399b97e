/** The host's side of one SCP03 session, with the keys in hand. */
import { randomBytes } from "node:crypto";
import { type CommandApdu, encodeCommand } from "../../protocol/apdu/command.ts";
import { isTokenConfirmation } from "../../protocol/apdu/confirmation.ts";
import { KIND_UNLOCK, UNLOCK_SLOT, UNLOCK_SUITE } from "../../protocol/apdu/credential-kind.ts";
import { encodeCurrencies } from "../../protocol/apdu/currencies.ts";
import { getData, TAG_CLOCK, TAG_CLOCK_HISTORY, TAG_TOKEN_INFORMATION } from "../../protocol/apdu/get-data.ts";
import { initializeUpdate, parseInitializeUpdateResponse } from "../../protocol/apdu/initialize-update.ts";
import { installForLoad, installForMakeSelectable } from "../../protocol/apdu/install.ts";
import { load } from "../../protocol/apdu/load.ts";
import { encodeOrderForm } from "../../protocol/apdu/order-form.ts";
import {
  type Credential,
  type PersonalisationData,
  TAG_ACTIVATION,
  TAG_CREDENTIAL,
  TAG_ORDER_KEY,
  TAG_POLICY,
} from "../../protocol/apdu/personalisation-data.ts";
import { encodePutKeyResponse, putKey } from "../../protocol/apdu/put-key.ts";
import { parseResponse, type ResponseApdu } from "../../protocol/apdu/response.ts";
import { setClock } from "../../protocol/apdu/set-clock.ts";
import { SW_OK, statusWordText } from "../../protocol/apdu/status-word.ts";
import { parseStoreDataResponse, storeData, wipeKeys } from "../../protocol/apdu/store-data.ts";
import { equalBytes } from "../../protocol/scp03/constant-time.ts";
import { HostSession } from "../../protocol/scp03/host-session.ts";
import { Scp03Error } from "../../protocol/scp03/scp03-error.ts";
import { deriveSessionKeys } from "../../protocol/scp03/session-keys.ts";
import { toViscii } from "../../protocol/viscii.ts";
import { aes128 } from "../crypto/node.ts";
import { makeActivationCode } from "./activation-code.ts";
import type { Audit } from "./audit-log.ts";
import { type CredentialKind, KINDS } from "./credential-kinds.ts";
import { nameOf, withoutOwnName } from "./credential-names.ts";
import {
  type CredentialOrder,
  type KeyChannel,
  KeyServiceError,
  type MadeCredentials,
  type PersonalisationOrder,
} from "./key-service.ts";
import { enrolmentAad, sealSeed } from "./seal.ts";
import { type TransportKeys, wipeTransportKeys } from "./transport-keys.ts";

export interface LocalKeyChannelOptions {
  serial: string;
  /** The token's present keys. The channel overwrites them. */
  keys: TransportKeys;
  /** The keys that replace them; none on a channel that stands on the issuer's present keys already. */
  issuerKeys: (() => TransportKeys) | undefined;
  /** By which the token will know the bank's orders, 16 bytes. */
  orderKey: () => Uint8Array;
  /** The key of the token's unlock credential, which the channel overwrites. */
  unlockKey: () => Uint8Array;
  /** 32 bytes. Stays the caller's. */
  enrolmentKey: Uint8Array;
  audit: Audit;
}

/** What the answer to the outstanding command proves. */
type Check = (data: Uint8Array) => void;

export class LocalKeyChannel implements KeyChannel {
  readonly #serial: string;
  readonly #keys: TransportKeys;
  readonly #issuerKeys: (() => TransportKeys) | undefined;
  readonly #orderKey: () => Uint8Array;
  readonly #unlockKey: () => Uint8Array;
  readonly #enrolmentKey: Uint8Array;
  readonly #audit: Audit;
  readonly #hostChallenge = new Uint8Array(randomBytes(8));
  #session: HostSession | undefined;
  /** The stored objects, with their seeds, until the token has confirmed them. */
  #objects: PersonalisationData[] = [];
  #blocks: CommandApdu[] = [];
  #check: Check | undefined;
  /** Digest of the firmware that is being loaded. */
  #loading: Uint8Array | undefined;
  #authenticating = false;

  constructor(options: LocalKeyChannelOptions) {
    this.#serial = options.serial;
    this.#keys = options.keys;
    this.#issuerKeys = options.issuerKeys;
    this.#orderKey = options.orderKey;
    this.#unlockKey = options.unlockKey;
    this.#enrolmentKey = options.enrolmentKey;
    this.#audit = options.audit;
  }

  async initializeUpdate(): Promise<Uint8Array> {
    return encodeCommand(initializeUpdate(this.#keys.keyVersion, this.#hostChallenge));
  }

  async externalAuthenticate(answer: Uint8Array): Promise<Uint8Array> {
    const response = parseResponse(answer);
    if (this.#session) throw new KeyServiceError("This channel has had its INITIALIZE UPDATE.");
    if (response.statusWord !== SW_OK)
      throw new KeyServiceError(`The token opens no session: ${statusWordText(response.statusWord)}.`);
    const card = parseInitializeUpdateResponse(response.data);
    if (card.keyVersion !== this.#keys.keyVersion)
      throw new KeyServiceError(`The token answers with key version ${card.keyVersion}, not ${this.#keys.keyVersion}.`);
    const sessionKeys = deriveSessionKeys(aes128, this.#keys, this.#hostChallenge, card.cardChallenge);
    try {
      this.#session = new HostSession(aes128, sessionKeys, this.#hostChallenge, card);
    } catch (error) {
      if (error instanceof Scp03Error)
        throw new KeyServiceError(`Token ${this.#serial} does not have the keys that this key service derives for it.`);
      throw error;
    }
    this.#authenticating = true;
    return this.#session.externalAuthenticate();
  }

  async getInformation(): Promise<Uint8Array> {
    return this.#wrap(getData(TAG_TOKEN_INFORMATION));
  }

  async getClock(): Promise<Uint8Array> {
    return this.#wrap(getData(TAG_CLOCK));
  }

  async getClockHistory(): Promise<Uint8Array> {
    return this.#wrap(getData(TAG_CLOCK_HISTORY));
  }

  async setClock(unixSeconds: number): Promise<Uint8Array> {
    return this.#wrap(setClock(unixSeconds));
  }

  async putIssuerKeys(): Promise<Uint8Array> {
    if (!this.#issuerKeys) throw new KeyServiceError("The token has the issuer's keys already.");
    const keys = this.#issuerKeys();
    try {
      await this.#audit({ event: "issuer-keys", serial: this.#serial, keyVersion: keys.keyVersion });
      const expected = encodePutKeyResponse(aes128, keys.keyVersion, keys);
      const command = putKey(aes128, aes128(this.#keys.dek), this.#keys.keyVersion, keys.keyVersion, keys);
      return this.#wrap(command, (data) => {
        if (!equalBytes(data, expected)) throw new KeyServiceError("The token did not take the issuer's keys.");
      });
    } finally {
      wipeTransportKeys(keys);
    }
  }

  async makeCredentials(order: PersonalisationOrder): Promise<MadeCredentials> {
    if (this.#issuerKeys) throw new KeyServiceError("Seeds travel under the issuer's keys only.");
    checkLabels(order.credentials);
    const activation = order.activation !== undefined;
    await this.#audit({ event: "credentials", serial: this.#serial, keyVersion: this.#keys.keyVersion, activation });
    wipeKeys(this.#objects);
    const made = order.credentials.map((credential) => makeCredential(credential));
    this.#objects = [{ tag: TAG_POLICY, ...order.policy }];
    const connected = order.credentials.some(({ kind }) => kind === "connected-sign");
    if (connected) this.#objects.push({ tag: TAG_ORDER_KEY, key: this.#orderKey() });
    this.#objects.push(...made);
    if (order.unlock !== false) this.#objects.push(unlockCredential(this.#unlockKey()));
    let activationCode: string | undefined;
    if (order.activation) {
      const code = makeActivationCode();
      activationCode = Buffer.from(code).toString("latin1");
      this.#objects.push({ tag: TAG_ACTIVATION, code, end: order.activation.end });
    }
    this.#blocks = storeData(aes128(this.#keys.dek), this.#objects);
    const credentials = order.credentials.map((credential, i) => {
      const { slot, kind, suite, form, currencies } = credential;
      return {
        slot,
        kind,
        suite,
        label: nameOf(credential),
        ...(form && { form }),
        ...(currencies && { currencies }),
        sealedSeed: sealSeed(this.#enrolmentKey, enrolmentAad(this.#serial, slot, suite), made[i].key),
      };
    });
    return { blocks: this.#blocks.length, credentials, activationCode };
  }

  async makeRotation(): Promise<number> {
    if (this.#issuerKeys) throw new KeyServiceError("The issuer's other keys travel under its present ones only.");
    await this.#audit({ event: "key-rotation", serial: this.#serial, keyVersion: this.#keys.keyVersion });
    wipeKeys(this.#objects);
    this.#objects = [{ tag: TAG_ORDER_KEY, key: this.#orderKey() }, unlockCredential(this.#unlockKey())];
    this.#blocks = storeData(aes128(this.#keys.dek), this.#objects);
    return this.#blocks.length;
  }

  async storeBlock(): Promise<Uint8Array> {
    const block = this.#blocks.shift();
    if (!block) throw new KeyServiceError("There is no block left to store.");
    return this.#wrap(block, this.#blocks.length > 0 ? undefined : (data) => this.#confirmed(data));
  }

  async installForLoad(digest: Uint8Array, header: Uint8Array): Promise<Uint8Array> {
    this.#loading = new Uint8Array(digest);
    return this.#wrap(installForLoad({ hash: digest, header }));
  }

  async load(number: number, last: boolean, bytes: Uint8Array): Promise<Uint8Array> {
    return this.#wrap(load(number, last, bytes));
  }

  async installForMakeSelectable(): Promise<Uint8Array> {
    const expected = this.#loading;
    if (!expected) throw new KeyServiceError("No firmware has been loaded.");
    const digest = Buffer.from(expected).toString("hex");
    await this.#audit({ event: "firmware", serial: this.#serial, keyVersion: this.#keys.keyVersion, digest });
    return this.#wrap(installForMakeSelectable(), (data) => {
      if (!equalBytes(data, expected))
        throw new KeyServiceError("The token read another firmware back than it was sent.");
    });
  }

  async accept(answer: Uint8Array): Promise<ResponseApdu> {
    if (!this.#session) throw new KeyServiceError("This channel has not been opened.");
    if (this.#authenticating) {
      this.#session.acceptAuthentication(answer);
      this.#authenticating = false;
      return parseResponse(answer);
    }
    const check = this.#check;
    this.#check = undefined;
    const response = this.#session.unwrap(answer);
    if (response.statusWord === SW_OK) check?.(response.data);
    return response;
  }

  async close(): Promise<void> {
    this.#session?.close();
    wipeTransportKeys(this.#keys);
    wipeKeys(this.#objects);
    this.#objects = [];
    this.#blocks = [];
  }

  #wrap(command: CommandApdu, check?: Check): Uint8Array {
    if (!this.#session) throw new KeyServiceError("This channel has not been opened.");
    const wrapped = this.#session.wrap(command);
    this.#check = check;
    return wrapped;
  }

  /** The token has committed: what it stored must be what was meant. */
  #confirmed(data: Uint8Array): void {
    const right = isTokenConfirmation(aes128(this.#keys.dek), this.#objects, parseStoreDataResponse(data));
    wipeKeys(this.#objects);
    this.#objects = [];
    if (!right) throw new KeyServiceError("The token's confirmation is wrong: what it stored is not what it was sent.");
  }
}

/** @throws KeyServiceError */
function checkLabels(credentials: readonly CredentialOrder[]): void {
  const wrong = withoutOwnName(credentials);
  if (wrong !== undefined) throw new KeyServiceError(wrong.message);
}

function makeCredential({ slot, kind, suite, label = "", form, currencies, pinSeconds }: CredentialOrder): Credential {
  const none = new Uint8Array(0);
  const parameters = form ? encodeOrderForm(form) : currencies ? encodeCurrencies(currencies) : none;
  const key = new Uint8Array(randomBytes(seedLength(kind, suite)));
  return { tag: TAG_CREDENTIAL, slot, kind: KINDS[kind], label: toViscii(label), suite, key, parameters, pinSeconds };
}

function unlockCredential(key: Uint8Array): Credential {
  return {
    tag: TAG_CREDENTIAL,
    slot: UNLOCK_SLOT,
    kind: KIND_UNLOCK,
    label: "Unlock",
    suite: UNLOCK_SUITE,
    key,
    parameters: new Uint8Array(0),
  };
}

/** As long as the output of the suite's hash (RFC 6238 5.1); the two keys of a credential that verifies the bank together. */
export function seedLength(kind: CredentialKind, suite: string): number {
  if (kind === "verify-bank") return 64;
  if (suite.includes("SHA512")) return 64;
  return suite.includes("SHA256") ? 32 : 20;
}
