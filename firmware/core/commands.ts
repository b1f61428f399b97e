/**
 * The token's commands: what each state and each session allows, and the personalisation that is staged in RAM until its last block.
 *
 * Personalisation: a session under the transport keys; PUT KEY stages the issuer's keys; a new session under those; SET CLOCK; STORE
 * DATA stages policy and credentials; its last block proves that both sides hold the same and commits everything in one step of the
 * journal. RESET, loss of power, a failed session, or a session under other keys than the staged ones drop what is staged: an
 * interruption anywhere leaves the token as it was. Under the issuer's keys an issued token can be personalised again, which takes its
 * PIN and credentials away.
 *
 * Key rotation of an issued token: a session under its present keys; PUT KEY stages the new ones; a new session under those; STORE DATA
 * without a policy carries the issuer's other keys and commits all of them in one step. Credentials and PIN stay as they are.
 */
import { ApduError } from "../../protocol/apdu/apdu-error.ts";
import { CLA_SECURE_MESSAGING, type CommandApdu, parseCommand } from "../../protocol/apdu/command.ts";
import { confirmations } from "../../protocol/apdu/confirmation.ts";
import { KIND_CONNECTED_SIGN, KIND_UNLOCK, UNLOCK_SLOT } from "../../protocol/apdu/credential-kind.ts";
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
import {
  type PersonalisationData,
  TAG_ACTIVATION,
  TAG_CREDENTIAL,
  TAG_ORDER_KEY,
  TAG_POLICY,
} from "../../protocol/apdu/personalisation-data.ts";
import { encodePutKeyResponse, INS_PUT_KEY, type KeySet, parsePutKey } from "../../protocol/apdu/put-key.ts";
import { encodeResponse } from "../../protocol/apdu/response.ts";
import { encodeSetClockResponse, INS_PUT_DATA, parseSetClock } from "../../protocol/apdu/set-clock.ts";
import { INS_ORDER_RESULT, INS_SIGN_ORDER } from "../../protocol/apdu/sign-order.ts";
import {
  SW_CLASS_NOT_SUPPORTED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_EXECUTION_ERROR,
  SW_INSTRUCTION_NOT_SUPPORTED,
  SW_MEMORY_FAILURE,
  SW_NO_PRECISE_DIAGNOSIS,
  SW_OK,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_STATUS_NOT_SATISFIED,
  SW_WRONG_DATA,
} from "../../protocol/apdu/status-word.ts";
import { encodeStoreDataResponse, INS_STORE_DATA, parseStoreData, wipeKeys } from "../../protocol/apdu/store-data.ts";
import type { Aes128, Aes128Key } from "../../protocol/primitives.ts";
import { CardSession } from "../../protocol/scp03/card-session.ts";
import { equalBytes } from "../../protocol/scp03/constant-time.ts";
import { Scp03Error } from "../../protocol/scp03/scp03-error.ts";
import { clockSetting } from "./clock-setting.ts";
import type { Codes } from "./codes.part.ts";
import type { CredentialData } from "./credential.ts";
import {
  BANK_TRIES,
  CLOCK_HISTORY,
  COUNTER,
  CREDENTIAL_SLOTS,
  KEYS,
  ORDER_KEY,
  POLICY,
  SEQUENCE,
  UNLOCK_KEY,
} from "./entries.ts";
import { type Entry, JournalError } from "./journal.ts";
import type { OrderDisplay, OrderPort } from "./order-port.ts";
import { encodeKeys } from "./static-keys.ts";
import { ISSUED, type Token } from "./token.ts";
import { beginUpdate, type Update } from "./update.part.ts";
import { credentialEntries } from "./vault.ts";

/** Of the token's only application: F0, proprietary (ISO/IEC 7816-5), and its name. */
const AID = "\xf0OCHRE";
/** A session, and keys that are only staged, are dropped when the host has been silent for so long. */
const SESSION_IDLE_MS = 60000;
/** From the answer that tells of a new image to the restart: the answer is on its way by then. */
const RESTART_MS = 300;
const NOTHING: Uint8Array = new Uint8Array(0);
/** What the clock chip can hold. */
const YEAR_2000 = 946684800;
const YEAR_2100 = 4102444800;

interface ClockSet {
  before: number;
  after: number;
  lostPower: boolean;
}

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
  /** True when the session runs under the staged keys. */
  private sessionStaged = false;
  private stagedKeys: KeySet | undefined;
  private stagedVersion = 0;
  private stagedObjects: PersonalisationData[] = [];
  private nextBlock = 0;
  /** SET CLOCK of this session, on a token that keeps nothing of it before it is issued. */
  private clockSet: ClockSet | undefined;
  private update: Update | undefined;
  private idleTimer: number | undefined;

  /** @param changed called when a personalisation has changed what the token is */
  constructor(token: Token, version: string, changed: () => void, orders: OrderPort, display: OrderDisplay) {
    this.display = display;
    this.token = token;
    this.orders = orders;
    this.version = version;
    this.changed = changed;
  }

  /** Answers a command APDU; never throws. */
  execute(bytes: Uint8Array): Uint8Array {
    const answer = this.answer(bytes);
    const timers = this.token.board.timers;
    if (this.idleTimer !== undefined) timers.cancel(this.idleTimer);
    this.idleTimer = undefined;
    if (this.session !== undefined || this.stagedKeys !== undefined) {
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
    this.dropStaging();
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
    this.sessionStaged = false;
    wipeKeys(this.stagedObjects);
    this.stagedObjects = [];
    this.nextBlock = 0;
    this.clockSet = undefined;
    this.dropUpdate();
  }

  /** What was loaded never counts, and the display is the customer's again. */
  private dropUpdate(): void {
    if (this.update === undefined) return;
    this.update = undefined;
    this.changed();
  }

  private dropStaging(): void {
    wipe(this.stagedKeys);
    this.stagedKeys = undefined;
    this.stagedVersion = 0;
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
    const staged = this.stagedKeys;
    this.sessionStaged = staged !== undefined && asked.keyVersion === this.stagedVersion;
    if (!this.sessionStaged) this.dropStaging();
    let version = current[0];
    if (staged !== undefined && this.sessionStaged) {
      version = this.stagedVersion;
      this.sessionKeys = {
        enc: new Uint8Array(staged.enc),
        mac: new Uint8Array(staged.mac),
        dek: new Uint8Array(staged.dek),
      };
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
        return this.putKey(command);
      case INS_STORE_DATA:
        return this.storeData(command);
      case INS_PUT_DATA:
        return this.setClock(command);
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

  /** The issuer's session: under the staged keys, or under the token's own once it is issued. */
  private requireIssuer(): void {
    if (!this.sessionStaged && this.token.state() < ISSUED) {
      throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "the issuer's keys come first: PUT KEY, then a new session");
    }
  }

  private putKey(command: CommandApdu): Uint8Array {
    const aes128 = this.aes128 as Aes128Key;
    if (this.sessionStaged) throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "the staged keys are committed first");
    const put = parsePutKey(aes128, this.dek(), command);
    const current = this.token.journal.get(KEYS) as Uint8Array;
    const version = current[0];
    current.fill(0);
    if (put.newVersion === version || (put.replacedVersion !== version && put.replacedVersion !== 0)) {
      wipe(put.keys);
      throw new ApduError(SW_REFERENCED_DATA_NOT_FOUND, "a new version replaces the present one");
    }
    this.dropStaging();
    this.stagedKeys = put.keys;
    this.stagedVersion = put.newVersion;
    return encodePutKeyResponse(aes128, put.newVersion, put.keys);
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
      if (this.sessionStaged || token.state() < ISSUED)
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

  private setClock(command: CommandApdu): Uint8Array {
    const token = this.token;
    const time = parseSetClock(command);
    this.requireIssuer();
    if (time < YEAR_2000 || time >= YEAR_2100)
      throw new ApduError(SW_WRONG_DATA, "the clock holds the years 2000 to 2099");
    const before = token.board.clock.now();
    const lostPower = token.board.clock.lostPower();
    // The mark moves first: cut in between, an early mark lets the old time stand, a late one would refuse every code.
    const policy = token.journal.get(POLICY);
    if (token.state() >= ISSUED && policy !== undefined) {
      const days = (policy[4] << 8) | policy[5];
      const history = token.journal.get(CLOCK_HISTORY);
      token.journal.commit(clockSetting(history, days, before, time, lostPower));
    } else if (this.clockSet === undefined) this.clockSet = { before: before, after: time, lostPower: lostPower };
    // Set again because it came late: what it showed at first is what it showed.
    else this.clockSet.after = time;
    token.board.clock.set(time);
    return encodeSetClockResponse(before);
  }

  private storeData(command: CommandApdu): Uint8Array {
    this.requireIssuer();
    if (!this.token.board.primitives.intact("sha256"))
      throw new ApduError(SW_EXECUTION_ERROR, "a token whose machine code is broken guards no key");
    const dek = this.dek();
    const block = parseStoreData(dek, command);
    let objects: PersonalisationData[] = [];
    try {
      if (block.block !== this.nextBlock) throw new ApduError(SW_WRONG_DATA, "the blocks come in order");
      objects = this.stagedObjects.concat(block.objects);
      checkObjects(this.token.vault.codes(), objects);
    } catch (error) {
      wipeKeys(block.objects);
      throw error;
    }
    this.stagedObjects = objects;
    this.nextBlock++;
    if (block.confirmation === undefined) return NOTHING;

    const expected = confirmations(dek, objects);
    if (!equalBytes(expected.host, block.confirmation)) {
      this.dropObjects();
      throw new ApduError(SW_WRONG_DATA, "the confirmation does not fit what was stored");
    }
    const answer = encodeStoreDataResponse(expected.token);
    this.commit(objects);
    this.dropObjects();
    this.changed();
    return answer;
  }

  private dropObjects(): void {
    wipeKeys(this.stagedObjects);
    this.stagedObjects = [];
    this.nextBlock = 0;
  }

  private commit(objects: PersonalisationData[]): void {
    const token = this.token;
    const credentials: CredentialData[] = [];
    const keys: Uint8Array[] = [];
    let policy = NOTHING;
    let orderKey = NOTHING;
    let days = 0;
    let code = NOTHING;
    let end = 0;
    let unlockKey = NOTHING;
    for (let i = 0; i < objects.length; i++) {
      const data = objects[i];
      if (data.tag === TAG_POLICY) {
        const seconds = data.autoOffSeconds;
        if (data.clockDays !== undefined) days = data.clockDays;
        policy = new Uint8Array([data.pinTryLimit, seconds >> 8, seconds, data.language, days >> 8, days]);
      } else if (data.tag === TAG_ORDER_KEY) orderKey = data.key;
      else if (data.tag === TAG_ACTIVATION) {
        code = data.code;
        end = data.end;
      } else if (data.kind === KIND_UNLOCK) unlockKey = data.key;
      else {
        credentials.push(data);
        keys.push(data.key);
      }
    }
    if (policy.length === 0 && credentials.length === 0 && code.length === 0) {
      this.rotate(orderKey, unlockKey);
      return;
    }
    if (policy.length === 0 || credentials.length === 0 || token.board.clock.lostPower()) {
      throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "a personalisation has a policy, a credential and the time");
    }
    const entries = credentialEntries(token.board, credentials, keys);
    entries.push({ id: UNLOCK_KEY, value: unlockKey });
    if (code.length > 0) token.vault.awaitActivation(entries, code, end);
    entries.push({ id: POLICY, value: policy });
    entries.push({ id: ORDER_KEY, value: orderKey });
    entries.push({ id: BANK_TRIES, value: NOTHING });
    for (let slot = 0; slot < CREDENTIAL_SLOTS; slot++) entries.push({ id: COUNTER + slot, value: NOTHING });
    const now = token.board.clock.now();
    const set = this.clockSet;
    const clock =
      set === undefined
        ? clockSetting(undefined, days, now, now, false)
        : clockSetting(undefined, days, set.before, set.after, set.lostPower);
    // A clock that this session did not set has no history by it; SET CLOCK has written that of a token that was issued before.
    for (const entry of clock) if (set !== undefined || entry.id !== CLOCK_HISTORY) entries.push(entry);
    const staged = this.stagedKeys;
    if (staged !== undefined && this.sessionStaged) {
      entries.push({ id: KEYS, value: encodeKeys(this.stagedVersion, staged.enc, staged.mac, staged.dek) });
    }
    this.keep(entries);
  }

  /** All of the issuer's keys change together: the version in the token information is that of each. What has no place here is dropped. */
  private rotate(orderKey: Uint8Array, unlockKey: Uint8Array): void {
    const journal = this.token.journal;
    const staged = this.stagedKeys;
    if (staged === undefined || !this.sessionStaged || this.token.state() < ISSUED) {
      throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "keys alone replace those of an issued token, after PUT KEY");
    }
    const entries: Entry[] = [{ id: KEYS, value: encodeKeys(this.stagedVersion, staged.enc, staged.mac, staged.dek) }];
    const recovery = this.token.recovery;
    if (recovery !== undefined && unlockKey.length > 0) recovery.rekey(journal, entries, unlockKey);
    const others = [
      { id: ORDER_KEY, value: orderKey },
      { id: UNLOCK_KEY, value: unlockKey },
    ];
    for (let i = 0; i < others.length; i++) {
      const held = journal.get(others[i].id);
      if (held === undefined) continue;
      held.fill(0);
      if (others[i].value.length === 0) {
        throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "all of the issuer's keys change together");
      }
      entries.push(others[i]);
    }
    this.keep(entries);
  }

  /** Commits entries with keys, of which nothing stays in RAM or in what the journal had before. */
  private keep(entries: Entry[]): void {
    this.token.journal.rewrite(entries);
    for (let i = 0; i < entries.length; i++) entries[i].value.fill(0);
    this.dropStaging();
    this.sessionStaged = false;
  }
}

/** Slots that exist, each once; one policy, order key and activation code at most, the key before what needs it; suites that this token can compute. */
function checkObjects(codes: Codes, objects: PersonalisationData[]): void {
  let others = 0;
  let slots = 0;
  for (let i = 0; i < objects.length; i++) {
    const data = objects[i];
    let taken = 1 << (data.tag & 31);
    if (data.tag === TAG_CREDENTIAL) {
      const slot = 1 << data.slot;
      const fits = data.kind === KIND_UNLOCK ? data.slot === UNLOCK_SLOT : data.slot < CREDENTIAL_SLOTS;
      if (!fits || (slots & slot) !== 0) {
        throw new ApduError(SW_WRONG_DATA, "a slot is 0 to 7, that of unlock 8, and taken once");
      }
      slots |= slot;
      taken = 0;
      try {
        codes.checkSuite(data.kind, data.suite, data.key.length);
      } catch {
        throw new ApduError(SW_WRONG_DATA, "this token cannot compute the suite");
      }
      if (data.kind === KIND_CONNECTED_SIGN && (others & (1 << (TAG_ORDER_KEY & 31))) === 0) {
        throw new ApduError(SW_WRONG_DATA, "the order key comes before the credential that signs orders");
      }
    }
    if ((others & taken) !== 0)
      throw new ApduError(SW_WRONG_DATA, "a token has one policy, order key and activation code");
    others |= taken;
  }
}

function wipe(keys: KeySet | undefined): void {
  if (keys === undefined) return;
  keys.enc.fill(0);
  keys.mac.fill(0);
  keys.dek.fill(0);
}
