/** The token as a whole: what it remembers, what state it is in, and its answer to "a code, please". */

import { COUNTER_LENGTH } from "../../protocol/otp/counter.ts";
import type { Board } from "../hal/board.ts";
import { clockMark, soundTime } from "./clock-guard.ts";
import type { Credential } from "./credential.ts";
import { COUNTER, POLICY, PREFERENCES, SERIAL, UNLOCK_KEY } from "./entries.ts";
import { Journal } from "./journal.ts";
import type { Recovery } from "./recovery.ts";
import { Vault } from "./vault.ts";

/** Life cycle, as GET DATA tells it. */
export const BLANK = 0;
export const FACTORY = 1;
export const ISSUED = 2;
export const ACTIVE = 3;
export const LOCKED = 4;

const DEFAULT_AUTO_OFF_SECONDS = 30;

export class Token {
  readonly board: Board;
  readonly journal: Journal;
  readonly vault: Vault;

  /** How a forgotten PIN is replaced; undefined on a board that can't. */
  readonly recovery: Recovery | undefined;

  /** Mounts the journal of this board. @param recovery on a board with a device root */
  constructor(board: Board, recovery?: Recovery) {
    this.board = board;
    this.recovery = recovery;
    this.journal = new Journal(board.flash, board.wire);
    this.vault = new Vault(board, this.journal, recovery);
    this.journal.mount();
  }

  state(): number {
    if (this.journal.get(SERIAL) === undefined) return BLANK;
    if (this.journal.get(POLICY) === undefined) return FACTORY;
    // Without a PIN too: too many wrong activation codes.
    if (this.vault.triesLeft() === 0) return LOCKED;
    return this.vault.hasPin() ? ACTIVE : ISSUED;
  }

  /** Whether it is locked by wrong PINs, and can be opened with an answer of its bank's. */
  canUnlock(): boolean {
    const key = this.journal.get(UNLOCK_KEY);
    if (key === undefined) return false;
    key.fill(0);
    return this.vault.hasPin() && this.state() === LOCKED;
  }

  /** The serial number, empty on a blank token. */
  serial(): string {
    const serial = this.journal.get(SERIAL);
    return serial === undefined ? "" : this.board.wire.toLatin1(serial);
  }

  /** 0 Vietnamese, 1 English: the customer's choice, or else the issuer's. */
  language(): number {
    const preferences = this.journal.get(PREFERENCES);
    if (preferences !== undefined) return preferences[0];
    const policy = this.journal.get(POLICY);
    return policy === undefined ? 1 : policy[3];
  }

  /** Whether the customer wants digits of double height, twice the time and, where there is a buzzer, sounds. */
  accessible(): boolean {
    const preferences = this.journal.get(PREFERENCES);
    return preferences !== undefined && preferences[1] === 1;
  }

  /** @param language 0 Vietnamese, 1 English */
  setPreferences(language: number, accessible: boolean): void {
    this.journal.commit([{ id: PREFERENCES, value: new Uint8Array([language, accessible ? 1 : 0]) }]);
  }

  /** Seconds without a key after which the display goes dark and secrets are wiped. */
  autoOffSeconds(): number {
    const policy = this.journal.get(POLICY);
    const seconds = policy === undefined ? DEFAULT_AUTO_OFF_SECONDS : (policy[1] << 8) | policy[2];
    return this.accessible() ? 2 * seconds : seconds;
  }

  /** Whether a code of the credential takes longer than a customer waits without a word: no machine code computes its hash. */
  takesLong(credential: Credential): boolean {
    return this.board.primitives.providers[credential.suite.hash] === "typescript";
  }

  /** Whether the PIN that opened the vault is good for a code of this credential: for the first one, and within its time for more. */
  pinIsGood(credential: Credential): boolean {
    const first = this.vault.firstCode;
    if (first === undefined) return true;
    const since = this.board.clock.now() - first;
    return since >= 0 && since < credential.pinSeconds;
  }

  /** Whether the vault stays open after a code, which it does until the display goes dark. */
  private keepOpen(credential: Credential): boolean {
    if (credential.pinSeconds === 0) return false;
    if (this.vault.firstCode === undefined) this.vault.firstCode = this.board.clock.now();
    return true;
  }

  /**
   * Shows the code of a credential now, with the moment that it is of; false, and nothing is shown, when the clock is not to be believed.
   * The vault is open before and closed after, unless the credential lets its PIN be good for more than a code: overwriting its keys
   * need not keep the customer waiting. The moment is in the journal before the code exists.
   */
  code(credential: Credential, question: string, show: (code: string, unixSeconds: number) => void): boolean {
    let stays = false;
    try {
      const key = this.vault.key(credential.slot);
      const codes = this.vault.codes();
      if (credential.period === 0) {
        // The next one is durable before this one exists: no cut brings a code back.
        const counter = this.journal.get(COUNTER + credential.slot) || new Uint8Array(COUNTER_LENGTH);
        this.journal.commit([{ id: COUNTER + credential.slot, value: codes.incrementCounter(counter) }]);
        show(codes.computeCode(credential, key, question, 0, counter), 0);
        stays = this.keepOpen(credential);
        return true;
      }
      const now = soundTime(this.board, this.journal);
      if (now === undefined) return false;
      this.journal.commit([clockMark(now)]);
      show(codes.computeCode(credential, key, question, now, undefined), now);
      stays = this.keepOpen(credential);
      return true;
    } finally {
      if (!stays) this.vault.close();
    }
  }
}
