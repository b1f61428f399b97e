/**
 * For tests: what a token's firmware does with the commands of a personalisation, in the fewest lines. All is staged in RAM and committed
 * with the last STORE DATA block; a RESET frame, a lost supply and INITIALIZE UPDATE under the present keys drop what is staged.
 */
import { ApduError } from "../../protocol/apdu/apdu-error.ts";
import { CLA_SECURE_MESSAGING, type CommandApdu, parseCommand } from "../../protocol/apdu/command.ts";
import { isHostConfirmation, tokenConfirmation } from "../../protocol/apdu/confirmation.ts";
import {
  encodeClockReading,
  encodeTokenInformation,
  INS_GET_DATA,
  parseGetData,
  TAG_CLOCK,
  TAG_CLOCK_HISTORY,
} from "../../protocol/apdu/get-data.ts";
import { INS_INITIALIZE_UPDATE, parseInitializeUpdate } from "../../protocol/apdu/initialize-update.ts";
import {
  type PersonalisationData,
  TAG_ACTIVATION,
  TAG_CREDENTIAL,
  TAG_POLICY,
} from "../../protocol/apdu/personalisation-data.ts";
import { encodePutKeyResponse, INS_PUT_KEY, parsePutKey } from "../../protocol/apdu/put-key.ts";
import { encodeResponse, parseResponse } from "../../protocol/apdu/response.ts";
import { encodeSetClockResponse, INS_PUT_DATA, parseSetClock } from "../../protocol/apdu/set-clock.ts";
import { encodeStoreDataResponse, INS_STORE_DATA, parseStoreData } from "../../protocol/apdu/store-data.ts";
import { Responder } from "../../protocol/framing/responder.ts";
import { CardSession } from "../../protocol/scp03/card-session.ts";
import { Scp03Error } from "../../protocol/scp03/scp03-error.ts";
import { aes128, wire } from "../crypto/node.ts";
import type { TransportKeys } from "../keys/transport-keys.ts";

export const FACTORY = 1;
export const ISSUED = 2;
export const ACTIVE = 3;
const NOTHING: Uint8Array = new Uint8Array(0);
const AID = new Uint8Array([0xf0, 1, 2, 3, 4]);

/** What survives a lost supply. */
export interface Durable {
  state: number;
  keys: TransportKeys;
  objects: PersonalisationData[];
}

export class TokenModel {
  readonly serial: string;
  durable: Durable;
  /** INS of every command executed inside a session. */
  readonly executed: number[] = [];
  lostPower = true;
  /** The chip takes no time. */
  stuckClock = false;
  /** Milliseconds that the chip is ahead of `now`. */
  clockAhead = 0;
  responder: Responder;
  /** The token lies, or its memory does: it confirms other keys or seeds than it was sent. */
  faultyMemory = false;
  readonly #now: () => number;
  #sequence = 0;
  #session: CardSession | undefined;
  #sessionKeys: TransportKeys | undefined;
  #stagedKeys: TransportKeys | undefined;
  #objects: PersonalisationData[] = [];
  #nextBlock = 0;

  /** @param now Unix milliseconds, true time */
  constructor(serial: string, keys: TransportKeys, now: () => number) {
    this.serial = serial;
    this.durable = { state: FACTORY, keys, objects: [] };
    this.#now = now;
    this.responder = this.#newResponder();
  }

  /** Everything in RAM is gone. */
  powerCycle(): void {
    this.#reset();
    this.responder = this.#newResponder();
  }

  /** What the clock chip shows, whole seconds. */
  clock(): number {
    return Math.floor((this.#now() + this.clockAhead) / 1000);
  }

  #newResponder(): Responder {
    return new Responder(
      wire,
      (command) => this.#execute(command),
      () => this.#reset(),
    );
  }

  #reset(): void {
    this.#session = undefined;
    this.#stagedKeys = undefined;
    this.#objects = [];
    this.#nextBlock = 0;
  }

  #execute(bytes: Uint8Array): Uint8Array {
    try {
      if (this.#session && bytes[1] !== INS_INITIALIZE_UPDATE) return this.#secured(this.#session, bytes);
      const command = parseCommand(bytes);
      if ((command.cla & CLA_SECURE_MESSAGING) !== 0) throw new ApduError(0x6982, "no session");
      const data = command.ins === INS_GET_DATA ? this.#getData(command) : this.#initializeUpdate(command);
      return encodeResponse(data, 0x9000);
    } catch (error) {
      if (error instanceof ApduError) return encodeResponse(NOTHING, error.statusWord);
      this.#reset();
      if (error instanceof Scp03Error) return encodeResponse(NOTHING, error.statusWord);
      throw error;
    }
  }

  #initializeUpdate(command: CommandApdu): Uint8Array {
    const { keyVersion, hostChallenge } = parseInitializeUpdate(command);
    const staged = this.#stagedKeys?.keyVersion === keyVersion ? this.#stagedKeys : undefined;
    if (!staged) this.#reset();
    const keys = staged ?? this.durable.keys;
    if (keyVersion !== keys.keyVersion) throw new ApduError(0x6a88, "no such key set");
    this.#sessionKeys = keys;
    this.#objects = [];
    this.#nextBlock = 0;
    const counter = ++this.#sequence;
    const sequence = new Uint8Array([counter >> 16, counter >> 8, counter]);
    this.#session = new CardSession(aes128, keys, keyVersion, sequence, new Uint8Array(10), AID, hostChallenge);
    return this.#session.initializeUpdateResponse();
  }

  #secured(session: CardSession, bytes: Uint8Array): Uint8Array {
    if (!session.isOpen()) {
      session.externalAuthenticate(bytes);
      return encodeResponse(NOTHING, 0x9000);
    }
    const command = session.unwrap(bytes);
    let answer: Uint8Array;
    try {
      answer = encodeResponse(this.#perform(command), 0x9000);
    } catch (error) {
      if (!(error instanceof ApduError)) throw error;
      answer = encodeResponse(NOTHING, error.statusWord);
    }
    return session.wrap(parseResponse(answer));
  }

  #perform(command: CommandApdu): Uint8Array {
    this.executed.push(command.ins);
    if (command.ins === INS_GET_DATA) return this.#getData(command);
    if (command.ins === INS_PUT_KEY) return this.#putKey(command);
    if (this.durable.state < ISSUED && this.#sessionKeys !== this.#stagedKeys)
      throw new ApduError(0x6985, "keys first");
    if (command.ins === INS_STORE_DATA) return this.#storeData(command);
    if (command.ins !== INS_PUT_DATA) throw new ApduError(0x6d00, "no such command");
    const before = this.clock();
    const time = parseSetClock(command);
    if (!this.stuckClock) this.clockAhead = time * 1000 - this.#now();
    this.lostPower = false;
    return encodeSetClockResponse(before);
  }

  #getData(command: CommandApdu): Uint8Array {
    const tag = parseGetData(command);
    if (tag === TAG_CLOCK_HISTORY) throw new ApduError(0x6a88, "this model keeps no history");
    if (tag === TAG_CLOCK) return encodeClockReading({ seconds: this.clock(), lostPower: this.lostPower });
    return encodeTokenInformation({
      serial: this.serial,
      model: new Uint8Array([0, 1]),
      firmwareVersion: "0.1.0",
      boardName: "pico-keypad",
      assuranceClass: "O",
      state: this.durable.state,
      pinTriesLeft: 5,
      keyVersion: this.durable.keys.keyVersion,
      activationEnd: this.durable.objects.find((object) => object.tag === TAG_ACTIVATION)?.end,
    });
  }

  #dek() {
    return aes128(this.#sessionKeys!.dek);
  }

  #putKey(command: CommandApdu): Uint8Array {
    const { newVersion, keys } = parsePutKey(aes128, this.#dek(), command);
    if (this.faultyMemory) keys.dek[0] ^= 1;
    this.#stagedKeys = { keyVersion: newVersion, ...keys };
    return encodePutKeyResponse(aes128, newVersion, keys);
  }

  #storeData(command: CommandApdu): Uint8Array {
    const { block, objects, confirmation } = parseStoreData(this.#dek(), command);
    if (block !== this.#nextBlock++) throw new ApduError(0x6a80, "block out of order");
    this.#objects.push(...objects);
    if (confirmation === undefined) return NOTHING;
    if (!isHostConfirmation(this.#dek(), this.#objects, confirmation)) throw new ApduError(0x6a80, "confirmation");
    if (this.lostPower) throw new ApduError(0x6985, "no time");
    if (this.faultyMemory) for (const object of objects) if (object.tag === TAG_CREDENTIAL) object.key[0] ^= 1;
    const proof = encodeStoreDataResponse(tokenConfirmation(this.#dek(), this.#objects));
    // Without a policy it is a key rotation.
    const personalised = this.#objects.some(({ tag }) => tag === TAG_POLICY);
    const { state, objects: kept } = this.durable;
    if (!personalised && state < ISSUED) throw new ApduError(0x6985, "not issued");
    this.durable = {
      state: personalised ? ISSUED : state,
      keys: this.#sessionKeys!,
      objects: personalised ? this.#objects : kept,
    };
    this.#objects = [];
    this.#stagedKeys = undefined;
    return proof;
  }
}
