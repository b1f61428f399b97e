/**
 * The vault: seeds under the customer's PIN, for boards of assurance class O (flash that a thief can read and put back).
 *
 * Once a PIN is set, each key stands in the journal masked with a key stream from the PIN,
 *
 *     K = PBKDF2-HMAC-SHA256(PIN, salt, iterations, 32)       mask(slot) = HMAC-SHA256(K, slot | block) for each 32 bytes
 *
 * and eight check bits, the first byte of HMAC-SHA256(K, FF). Nothing else in the flash confirms a guess, because a MAC would hand a
 * thief an offline test for the PIN: one wrong PIN in 256 opens the vault to wrong keys, its codes are wrong, and the server's limit
 * decides.
 *
 * Order of an attempt: limit first; count durably; read back; only then compare, in constant time; reset last. A counter that cannot
 * be read locks.
 */
import { hmac } from "../../protocol/otp/hmac.ts";
import { pbkdf2 } from "../crypto/pbkdf2.ts";
import type { Board } from "../hal/board.ts";
import { type Credential, type CredentialData, decodeCredential, encodeCredential, keyOffset } from "./credential.ts";
import { CREDENTIAL, CREDENTIAL_SLOTS, PIN, POLICY, TRIES } from "./entries.ts";
import { type Entry, type Journal, JournalError } from "./journal.ts";

export const PIN_MIN_LENGTH = 6;
export const PIN_MAX_LENGTH = 8;

/**
 * PBKDF2 rounds for a new PIN. One round costs 0.35 s in interpreted SHA-256 on an RP2040; the number is stored with each seal, so that
 * a board with a faster hash may raise it.
 */
const ITERATIONS = 1;
const SALT_LENGTH = 16;

/** Why a PIN is too easy to guess, or "" when it may be used. Digits are ASCII. */
export function weakPin(pin: Uint8Array): "" | "length" | "repeat" | "run" {
  if (pin.length < PIN_MIN_LENGTH || pin.length > PIN_MAX_LENGTH) return "length";
  const step = pin[1] - pin[0];
  for (let i = 2; i < pin.length; i++) if (pin[i] - pin[i - 1] !== step) return "";
  if (step === 0) return "repeat";
  return step === 1 || step === -1 ? "run" : "";
}

export class Vault {
  private readonly board: Board;
  private readonly journal: Journal;
  /** The clear keys by slot; empty while the vault is closed. */
  private keys: (Uint8Array | undefined)[] = [];

  constructor(board: Board, journal: Journal) {
    this.board = board;
    this.journal = journal;
  }

  /** True once the customer has set a PIN. */
  hasPin(): boolean {
    return this.journal.get(PIN) !== undefined;
  }

  /** PIN tries left before the token locks; 0 when it is locked or its counter cannot be read. */
  triesLeft(): number {
    const policy = this.journal.get(POLICY);
    const used = this.journal.get(TRIES);
    if (policy === undefined || used === undefined || used.length !== 1) return 0;
    return used[0] < policy[0] ? policy[0] - used[0] : 0;
  }

  /** The credentials, by slot. */
  credentials(): Credential[] {
    const list: Credential[] = [];
    for (let slot = 0; slot < CREDENTIAL_SLOTS; slot++) {
      const value = this.journal.get(CREDENTIAL + slot);
      if (value !== undefined) {
        list.push(decodeCredential(this.board.wire, slot, value));
        value.fill(0);
      }
    }
    return list;
  }

  /**
   * Sets the first PIN and masks every key under it; no clear key is left in the flash.
   * @throws JournalError when a PIN is set already
   */
  setPin(pin: Uint8Array): void {
    if (this.hasPin()) throw new JournalError("a PIN is set already");
    const salt = this.board.random(SALT_LENGTH);
    const key = this.derive(pin, salt, ITERATIONS);
    const seal = new Uint8Array(5 + SALT_LENGTH);
    new DataView(seal.buffer, seal.byteOffset).setUint32(0, ITERATIONS);
    seal[4] = this.check(key);
    seal.set(salt, 5);
    const changes: Entry[] = [
      { id: PIN, value: seal },
      { id: TRIES, value: new Uint8Array(1) },
    ];
    for (let slot = 0; slot < CREDENTIAL_SLOTS; slot++) {
      const value = this.journal.get(CREDENTIAL + slot);
      if (value !== undefined) {
        this.mask(key, slot, value.subarray(keyOffset(value)));
        changes.push({ id: CREDENTIAL + slot, value: value });
      }
    }
    key.fill(0);
    this.journal.rewrite(changes);
  }

  /** One attempt to open the vault. False for a wrong PIN and for a locked token; the attempt is counted before it is judged. */
  open(pin: Uint8Array): boolean {
    this.close();
    const seal = this.journal.get(PIN);
    const used = this.journal.get(TRIES);
    if (seal === undefined || used === undefined || this.triesLeft() === 0) return false;
    this.journal.commit([{ id: TRIES, value: new Uint8Array([used[0] + 1]) }]);
    const counted = this.journal.get(TRIES);
    if (counted === undefined || counted[0] !== used[0] + 1) return false;

    const key = this.derive(pin, seal.subarray(5), new DataView(seal.buffer, seal.byteOffset).getUint32(0));
    if ((this.check(key) ^ seal[4]) !== 0) {
      key.fill(0);
      return false;
    }
    // Before the counter is reset, so that a fault of the flash finds the keys where they are overwritten. All of them now, while the
    // customer waits anyway: not while they wait for a code.
    for (let slot = 0; slot < CREDENTIAL_SLOTS; slot++) {
      const value = this.journal.get(CREDENTIAL + slot);
      if (value === undefined) continue;
      const clear = new Uint8Array(value.subarray(keyOffset(value)));
      value.fill(0);
      this.keys[slot] = clear;
      this.mask(key, slot, clear);
    }
    key.fill(0);
    this.journal.commit([{ id: TRIES, value: new Uint8Array(1) }]);
    return true;
  }

  /** The clear key of a credential, which is overwritten when the vault closes. @throws JournalError unless it is open */
  key(slot: number): Uint8Array {
    const key = this.keys[slot];
    if (key === undefined) throw new JournalError("the vault is closed");
    return key;
  }

  /** Overwrites what the PIN opened. */
  close(): void {
    for (const key of this.keys) if (key !== undefined) key.fill(0);
    this.keys = [];
  }

  private derive(pin: Uint8Array, salt: Uint8Array, iterations: number): Uint8Array {
    return pbkdf2(this.board.hashes.sha256, pin, salt, iterations, 32);
  }

  private check(key: Uint8Array): number {
    const mac = hmac(this.board.hashes.sha256, key, new Uint8Array([0xff]));
    const check = mac[0];
    mac.fill(0);
    return check;
  }

  /** Exclusive-or of `bytes` with the slot's key stream, in place. */
  private mask(key: Uint8Array, slot: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += 32) {
      const stream = hmac(this.board.hashes.sha256, key, new Uint8Array([slot, at >> 5]));
      for (let i = 0; i < 32 && at + i < bytes.length; i++) bytes[at + i] ^= stream[i];
      stream.fill(0);
    }
  }
}

/** The entries that put credentials in place of all that the token has, without a PIN: the state after personalisation. */
export function credentialEntries(board: Board, credentials: CredentialData[], keys: Uint8Array[]): Entry[] {
  const entries: Entry[] = [
    { id: PIN, value: new Uint8Array(0) },
    { id: TRIES, value: new Uint8Array(1) },
  ];
  for (let slot = 0; slot < CREDENTIAL_SLOTS; slot++) {
    let value = new Uint8Array(0);
    for (let i = 0; i < credentials.length; i++) {
      if (credentials[i].slot === slot) value = encodeCredential(board.wire, credentials[i], keys[i]) as typeof value;
    }
    entries.push({ id: CREDENTIAL + slot, value: value });
  }
  return entries;
}
