/**
 * The token's commands: what each state and each session allows.
 *
 * Personalisation: a session under the transport keys; PUT KEY stages the issuer's keys; a new session under those; SET CLOCK; STORE
 * DATA stages policy and credentials; its last block proves that both sides hold the same and commits everything in one step of the
 * journal. RESET, loss of power, a failed session, or a session under other keys than the staged ones drop what is staged: an
 * interruption anywhere leaves the token as it was. Under the issuer's keys an issued token can be personalised again, which takes its
 * PIN and credentials away.
 *
 * Key rotation of an issued token: a session under its present keys; PUT KEY stages the new ones; a new session under those; STORE DATA
 * without a policy carries the issuer's other keys and commits all of them in one step. Credentials and PIN stay as they are.
 *
 * What waits between the commands is in staged-keys.ts, set-clock.ts and store-data.ts, and personalisation.ts commits it.
 */
import { ApduError } from "../../protocol/apdu/apdu-error.ts";
import { CLA_SECURE_MESSAGING, type CommandApdu, parseCommand } from "../../protocol/apdu/command.ts";
import {
  encodeClockReading,
  encodeTokenInformation,
  INS_GET_DATA,
  parseGetData,
  TAG_CLOCK,
  TAG_CLOCK_HISTORY,
} from "../../protocol/apdu/get-data.ts";
import { INS_INITIALIZE_UPDATE, parseInitializeUpdate } from "../../protocol/apdu/initialize-update.ts";
import { INS_INSTALL, parseInstall } from "../../protocol/apdu/install.ts";
import { INS_LOAD, parseLoad } from "../../protocol/apdu/load.ts";
import { INS_PUT_KEY, type KeySet } from "../../protocol/apdu/put-key.ts";
import { encodeResponse } from "../../protocol/apdu/response.ts";
import { INS_PUT_DATA } from "../../protocol/apdu/set-clock.ts";
import { INS_ORDER_RESULT, INS_SIGN_ORDER } from "../../protocol/apdu/sign-order.ts";
import {
  SW_CLASS_NOT_SUPPORTED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_INSTRUCTION_NOT_SUPPORTED,
  SW_MEMORY_FAILURE,
  SW_NO_PRECISE_DIAGNOSIS,
  SW_OK,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_STATUS_NOT_SATISFIED,
} from "../../protocol/apdu/status-word.ts";
import { INS_STORE_DATA } from "../../protocol/apdu/store-data.ts";
import type { Aes128, Aes128Key } from "../../protocol/primitives.ts";
import { CardSession } from "../../protocol/scp03/card-session.ts";
import { Scp03Error } from "../../protocol/scp03/scp03-error.ts";
import { CLOCK_HISTORY, KEYS, SEQUENCE } from "./entries.ts";
import { JournalError } from "./journal.ts";
import type { OrderDisplay, OrderPort } from "./order-port.ts";
import { personalise } from "./personalisation.ts";
import { SetClock } from "./set-clock.ts";
import { StagedKeys, wipe } from "./staged-keys.ts";
import { StoreData } from "./store-data.ts";
import { ISSUED, type Token } from "./token.ts";
import { beginUpdate, type Update } from "./update.part.ts";

/** Of the token's only application: F0, proprietary (ISO/IEC 7816-5), and its name. */
const AID = "\xf0OCHRE";
/** A session, and keys that are only staged, are dropped when the host has been silent for so long. */
const SESSION_IDLE_MS = 60000;
/** From the answer that tells of a new image to the restart: the answer is on its way by then. */
const RESTART_MS = 300;
const NOTHING: Uint8Array = new Uint8Array(0);

export class Commands {
  private readonly token: Token;
  private readonly version: string;
  private readonly changed: () => void;
  private readonly orders: OrderPort;
  private readonly display: OrderDisplay;
  private session: CardSession | undefined;
  /** Makes the ciphers of a session, once there was one. */
  private aes128: Aes128Key | undefined;
  /** The keys of the session, for their DEK. */
  private sessionKeys: KeySet | undefined;
  private readonly staged: StagedKeys;
  private readonly clock: SetClock;
  private readonly stored: StoreData;
  private update: Update | undefined;
  private idleTimer: number | undefined;

  /** @param changed called when a personalisation has changed what the token is */
  constructor(token: Token, version: string, changed: () => void, orders: OrderPort, display: OrderDisplay) {
    this.display = display;
    this.token = token;
    this.orders = orders;
    this.version = version;
    this.changed = changed;
    const staged = new StagedKeys(token);
    const clock = new SetClock(token, staged);
    this.staged = staged;
    this.clock = clock;
    this.stored = new StoreData(token, staged, function (objects) {
      personalise(token, staged, clock, objects);
    });
  }

  /** Answers a command APDU; never throws. */
  execute(bytes: Uint8Array): Uint8Array {
    const answer = this.answer(bytes);
    const timers = this.token.board.timers;
    if (this.idleTimer !== undefined) timers.cancel(this.idleTimer);
    this.idleTimer = undefined;
    if (this.session !== undefined || this.staged.present()) {
      this.idleTimer = timers.after(SESSION_IDLE_MS, () => {
        this.idleTimer = undefined;
        this.reset();
      });
    }
    return answer;
  }

  private answer(bytes: Uint8Array): Uint8Array {
    try {
      // In a session everything is secured, but the INITIALIZE UPDATE that begins another.
      const session = this.session;
      if (session !== undefined && !(bytes[0] === 0x80 && bytes[1] === INS_INITIALIZE_UPDATE)) {
        return this.secured(session, bytes);
      }
      const command = parseCommand(bytes);
      if ((command.cla & CLA_SECURE_MESSAGING) !== 0) {
        throw new ApduError(SW_SECURITY_STATUS_NOT_SATISFIED, "no session is open");
      }
      if (command.cla !== 0x80) throw new ApduError(SW_CLASS_NOT_SUPPORTED, "CLA is 80, or 84 in a session");
      if (command.ins === INS_GET_DATA) return encodeResponse(this.getData(command), SW_OK);
      if (command.ins === INS_INITIALIZE_UPDATE) return encodeResponse(this.initializeUpdate(command), SW_OK);
      if (command.ins === INS_SIGN_ORDER) return encodeResponse(this.orders.take(command), SW_OK);
      if (command.ins === INS_ORDER_RESULT) return encodeResponse(this.orders.result(command), SW_OK);
      throw new ApduError(SW_INSTRUCTION_NOT_SUPPORTED, "no such command outside a session");
    } catch (error) {
      return encodeResponse(NOTHING, this.statusWord(error));
    }
  }

  /** Ends for good: nothing of it is left to be called. */
  close(): void {
    if (this.idleTimer !== undefined) this.token.board.timers.cancel(this.idleTimer);
    this.idleTimer = undefined;
    this.reset();
    this.orders.close();
  }

  /** Ends the session and drops what is staged: RESET, or another host. */
  reset(): void {
    this.endSession();
    this.staged.drop();
  }

  /** The status word of a fault. What breaks the channel or the memory ends the session. */
  private statusWord(error: unknown): number {
    if (error instanceof ApduError) return error.statusWord;
    this.reset();
    if (error instanceof Scp03Error) return error.statusWord;
    return error instanceof JournalError ? SW_MEMORY_FAILURE : SW_NO_PRECISE_DIAGNOSIS;
  }

  private endSession(): void {
    if (this.session !== undefined) this.session.close();
    this.session = undefined;
    wipe(this.sessionKeys);
    this.sessionKeys = undefined;
    this.staged.inSession = false;
    this.stored.drop();
    this.clock.drop();
    this.dropUpdate();
  }

  /** What was loaded never counts, and the display is the customer's again. */
  private dropUpdate(): void {
    if (this.update === undefined) return;
    this.update = undefined;
    this.changed();
  }

  private initializeUpdate(command: CommandApdu): Uint8Array {
    const token = this.token;
    const asked = parseInitializeUpdate(command);
    this.endSession();
    const current = token.journal.get(KEYS);
    const sequence = token.journal.get(SEQUENCE);
    if (current === undefined || sequence === undefined) {
      throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "this token has no keys yet");
    }
    this.sessionKeys = this.staged.beginSession(asked.keyVersion);
    let version = current[0];
    if (this.sessionKeys !== undefined) {
      version = asked.keyVersion;
    } else if (asked.keyVersion === 0 || asked.keyVersion === version) {
      this.sessionKeys = {
        enc: new Uint8Array(current.subarray(1, 17)),
        mac: new Uint8Array(current.subarray(17, 33)),
        dek: new Uint8Array(current.subarray(33)),
      };
    }
    current.fill(0);
    if (this.sessionKeys === undefined) {
      throw new ApduError(SW_REFERENCED_DATA_NOT_FOUND, "there is no key set of this version");
    }
    // The counter makes the card challenge: it is spent before it is used, and a token that has used them all opens no session.
    for (let i = 2; i >= 0; i--) {
      sequence[i]++;
      if (sequence[i] !== 0) break;
      if (i === 0) throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "the sequence counter has ended");
    }
    token.journal.commit([{ id: SEQUENCE, value: sequence }]);
    // One that is broken is replaced by this.
    token.board.primitives.intact("aes128");
    this.aes128 = token.board.primitives.loadAes128();
    this.session = new CardSession(
      this.aes128,
      this.sessionKeys,
      version,
      sequence,
      this.diversificationData(),
      token.board.wire.fromLatin1(AID),
      asked.hostChallenge,
    );
    return this.session.initializeUpdateResponse();
  }

  /** Model (2) and the last eight bytes of the serial number, which is padded to sixteen with zeros in front. */
  private diversificationData(): Uint8Array {
    const data = new Uint8Array(10);
    data[0] = this.token.board.model >> 8;
    data[1] = this.token.board.model;
    const serial = this.token.board.wire.fromLatin1(this.token.serial());
    const tail = serial.subarray(Math.max(0, serial.length - 8));
    data.set(tail, 10 - tail.length);
    return data;
  }

  private secured(session: CardSession, bytes: Uint8Array): Uint8Array {
    if (!session.isOpen()) {
      session.externalAuthenticate(bytes);
      return encodeResponse(NOTHING, SW_OK);
    }
    const command = session.unwrap(bytes);
    let data = NOTHING;
    let status = SW_OK;
    try {
      data = this.perform(command);
    } catch (error) {
      status = this.statusWord(error);
      // A fault of the memory has ended the session: its answer travels bare.
      if (this.session === undefined) return encodeResponse(NOTHING, status);
    }
    return session.wrap({ data: data, statusWord: status });
  }

  private perform(command: CommandApdu): Uint8Array {
    switch (command.ins) {
      case INS_GET_DATA:
        return this.getData(command);
      case INS_PUT_KEY:
        return this.staged.put(this.aes128 as Aes128Key, this.dek(), command);
      case INS_STORE_DATA:
        return this.storeData(command);
      case INS_PUT_DATA:
        return this.clock.set(command);
      case INS_INSTALL:
      case INS_LOAD:
        return this.updateFirmware(command);
    }
    throw new ApduError(SW_INSTRUCTION_NOT_SUPPORTED, "no such command in a session");
  }

  private getData(command: CommandApdu): Uint8Array {
    const token = this.token;
    const board = token.board;
    const tag = parseGetData(command);
    if (tag === TAG_CLOCK_HISTORY) {
      const history = token.journal.get(CLOCK_HISTORY);
      if (history === undefined) throw new ApduError(SW_REFERENCED_DATA_NOT_FOUND, "no session has set the clock");
      return history;
    }
    if (tag === TAG_CLOCK) {
      return encodeClockReading({ seconds: board.clock.now(), lostPower: board.clock.lostPower() });
    }
    const keys = token.journal.get(KEYS);
    const keyVersion = keys === undefined ? 0 : keys[0];
    if (keys !== undefined) keys.fill(0);
    return encodeTokenInformation({
      serial: token.serial() === "" ? "BLANK" : token.serial(),
      model: new Uint8Array([board.model >> 8, board.model]),
      firmwareVersion: this.version,
      boardName: board.name,
      assuranceClass: board.assurance,
      state: token.state(),
      pinTriesLeft: token.vault.triesLeft(),
      keyVersion: keyVersion,
    });
  }

  private dek(): Aes128 {
    return (this.aes128 as Aes128Key)((this.sessionKeys as KeySet).dek);
  }

  /** Whatever is refused ends the update: the host begins again. */
  private updateFirmware(command: CommandApdu): Uint8Array {
    try {
      return this.install(command);
    } catch (error) {
      this.dropUpdate();
      throw error;
    }
  }

  private install(command: CommandApdu): Uint8Array {
    if (command.ins === INS_LOAD) {
      const block = parseLoad(command);
      if (this.update === undefined) throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "INSTALL [for load] comes first");
      this.display.showUpdate();
      this.update.load(block);
      return NOTHING;
    }
    const install = parseInstall(command);
    const token = this.token;
    if (install !== undefined) {
      // Before a token is issued, whoever can derive its keys could give it another firmware.
      if (this.staged.inSession || token.state() < ISSUED)
        throw new ApduError(
          SW_CONDITIONS_NOT_SATISFIED,
          "a session under the issuer's keys, on a token that is issued",
        );
      this.update = beginUpdate(token.board, this.version, install);
      this.display.showUpdate();
      return NOTHING;
    }
    const update = this.update;
    if (update === undefined) throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "INSTALL [for load] comes first");
    this.display.showUpdate();
    const hash = update.makeSelectable();
    // Whatever comes now, the display says so until the restart.
    this.update = undefined;
    token.board.timers.after(RESTART_MS, update.restart);
    return hash;
  }

  private storeData(command: CommandApdu): Uint8Array {
    const answer = this.stored.store(this.dek(), command);
    // None but the last block has an answer.
    if (answer.length > 0) this.changed();
    return answer;
  }
}
