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
 * The session is in host-session.ts; what waits between the commands is in staged-keys.ts, set-clock.ts, store-data.ts and
 * load-firmware.ts, and personalisation.ts commits it.
 *
 * On Espruino an object in whose methods some fifteen locks are held at once stays locked, and in memory, for good. A method that calls
 * another of the same object takes two or three, so here no more than five go into each other, and what is deeper is another object's.
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
import { INS_INITIALIZE_UPDATE } from "../../protocol/apdu/initialize-update.ts";
import { INS_INSTALL } from "../../protocol/apdu/install.ts";
import { INS_LOAD } from "../../protocol/apdu/load.ts";
import { INS_PUT_KEY } from "../../protocol/apdu/put-key.ts";
import { encodeResponse } from "../../protocol/apdu/response.ts";
import { INS_PUT_DATA } from "../../protocol/apdu/set-clock.ts";
import { INS_ORDER_RESULT, INS_SIGN_ORDER } from "../../protocol/apdu/sign-order.ts";
import {
  SW_CLASS_NOT_SUPPORTED,
  SW_INSTRUCTION_NOT_SUPPORTED,
  SW_MEMORY_FAILURE,
  SW_NO_PRECISE_DIAGNOSIS,
  SW_OK,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_STATUS_NOT_SATISFIED,
} from "../../protocol/apdu/status-word.ts";
import { INS_STORE_DATA } from "../../protocol/apdu/store-data.ts";
import type { Aes128Key } from "../../protocol/primitives.ts";
import type { CardSession } from "../../protocol/scp03/card-session.ts";
import { Scp03Error } from "../../protocol/scp03/scp03-error.ts";
import { CLOCK_HISTORY, KEYS } from "./entries.ts";
import { HostSession } from "./host-session.ts";
import { JournalError } from "./journal.ts";
import { LoadFirmware } from "./load-firmware.ts";
import type { OrderDisplay, OrderPort } from "./order-port.ts";
import { personalise } from "./personalisation.ts";
import { SetClock } from "./set-clock.ts";
import { StagedKeys } from "./staged-keys.ts";
import { StoreData } from "./store-data.ts";
import type { Token } from "./token.ts";

/** A session, and keys that are only staged, are dropped when the host has been silent for so long. */
const SESSION_IDLE_MS = 60000;
const NOTHING: Uint8Array = new Uint8Array(0);

export class Commands {
  private readonly token: Token;
  private readonly version: string;
  private readonly changed: () => void;
  private readonly orders: OrderPort;
  private readonly session: HostSession;
  private readonly staged: StagedKeys;
  private readonly clock: SetClock;
  private readonly stored: StoreData;
  private readonly firmware: LoadFirmware;
  private idleTimer: number | undefined;

  /** @param changed called when a personalisation has changed what the token is */
  constructor(token: Token, version: string, changed: () => void, orders: OrderPort, display: OrderDisplay) {
    this.token = token;
    this.orders = orders;
    this.version = version;
    this.changed = changed;
    const staged = new StagedKeys(token);
    const clock = new SetClock(token, staged);
    this.session = new HostSession(token, staged);
    this.staged = staged;
    this.clock = clock;
    this.stored = new StoreData(token, staged, function (objects) {
      personalise(token, staged, clock, objects);
    });
    this.firmware = new LoadFirmware(token, version, staged, display);
  }

  /** Answers a command APDU; never throws. */
  execute(bytes: Uint8Array): Uint8Array {
    const answer = this.answer(bytes);
    const timers = this.token.board.timers;
    if (this.idleTimer !== undefined) timers.cancel(this.idleTimer);
    this.idleTimer = undefined;
    if (this.session.channel !== undefined || this.staged.present()) {
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
      const channel = this.session.channel;
      if (channel !== undefined && !(bytes[0] === 0x80 && bytes[1] === INS_INITIALIZE_UPDATE)) {
        return this.secured(channel, bytes);
      }
      const command = parseCommand(bytes);
      if ((command.cla & CLA_SECURE_MESSAGING) !== 0) {
        throw new ApduError(SW_SECURITY_STATUS_NOT_SATISFIED, "no session is open");
      }
      if (command.cla !== 0x80) throw new ApduError(SW_CLASS_NOT_SUPPORTED, "CLA is 80, or 84 in a session");
      let data: Uint8Array;
      if (command.ins === INS_GET_DATA) data = getData(this.token, this.version, command);
      else if (command.ins === INS_SIGN_ORDER) data = this.orders.take(command);
      else if (command.ins === INS_ORDER_RESULT) data = this.orders.result(command);
      else if (command.ins === INS_INITIALIZE_UPDATE) {
        this.endSession();
        data = this.session.begin(command);
      } else throw new ApduError(SW_INSTRUCTION_NOT_SUPPORTED, "no such command outside a session");
      return encodeResponse(data, SW_OK);
    } catch (error) {
      if (isGrave(error)) this.reset();
      return encodeResponse(NOTHING, statusWordOf(error));
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

  private endSession(): void {
    this.session.end();
    this.stored.drop();
    this.clock.drop();
    // The display is the customer's again.
    if (this.firmware.drop()) this.changed();
  }

  private secured(channel: CardSession, bytes: Uint8Array): Uint8Array {
    if (!channel.isOpen()) {
      channel.externalAuthenticate(bytes);
      return encodeResponse(NOTHING, SW_OK);
    }
    const command = channel.unwrap(bytes);
    let data = NOTHING;
    let status = SW_OK;
    try {
      data = this.perform(command);
    } catch (error) {
      status = statusWordOf(error);
      if (isGrave(error)) {
        this.reset();
        // The session has ended: its answer travels bare.
        return encodeResponse(NOTHING, status);
      }
    }
    return channel.wrap({ data: data, statusWord: status });
  }

  private perform(command: CommandApdu): Uint8Array {
    const session = this.session;
    switch (command.ins) {
      case INS_GET_DATA:
        return getData(this.token, this.version, command);
      case INS_PUT_KEY:
        return this.staged.put(session.aes128 as Aes128Key, session.dek(), command);
      case INS_STORE_DATA: {
        const answer = this.stored.store(session.dek(), command);
        // None but the last block has an answer.
        if (answer.length > 0) this.changed();
        return answer;
      }
      case INS_PUT_DATA:
        return this.clock.set(command);
      case INS_INSTALL:
      case INS_LOAD:
        try {
          return this.firmware.perform(command);
        } catch (error) {
          // Whatever is refused ends the update: the display is the customer's again.
          if (this.firmware.drop()) this.changed();
          throw error;
        }
    }
    throw new ApduError(SW_INSTRUCTION_NOT_SUPPORTED, "no such command in a session");
  }
}

/** What breaks the channel or the memory ends the session. */
function isGrave(error: unknown): boolean {
  return !(error instanceof ApduError);
}

function statusWordOf(error: unknown): number {
  if (error instanceof ApduError || error instanceof Scp03Error) return error.statusWord;
  return error instanceof JournalError ? SW_MEMORY_FAILURE : SW_NO_PRECISE_DIAGNOSIS;
}

function getData(token: Token, version: string, command: CommandApdu): Uint8Array {
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
    firmwareVersion: version,
    boardName: board.name,
    assuranceClass: board.assurance,
    state: token.state(),
    pinTriesLeft: token.vault.triesLeft(),
    keyVersion: keyVersion,
    activationEnd: token.vault.activationEnd(),
  });
}
