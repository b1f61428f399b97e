/**
 * The vault: seeds under the customer's PIN.
 *
 * Each key stands in the journal masked with a key stream from a secret that the customer types,
 *
 *     K = PBKDF2-HMAC-SHA256(secret, salt | serial number, rounds, 32)      mask(slot) = HMAC-SHA256(K, slot | block) for each 32 bytes
 *
 * and beside them a *seal*: rounds (4) | salt (16) | check, which is the beginning of HMAC-SHA256(K, FF). How long a check is decides
 * what the flash tells a thief who has read it:
 *
 *     PIN, class O             4 bits    a million PINs are tried in minutes, and all but those that the check leaves can be ruled out.
 *                                        Four bits leave one in sixteen, five would leave one in 32: at least one PIN in twenty is to
 *                                        stay possible until a code of this token was seen. What then stops a thief is the server's
 *                                        limit. So one wrong PIN in sixteen opens the vault to wrong keys, and gives wrong codes.
 *     PIN, classes P and S    16 bytes   K goes through the board's device root, without which nobody can try a PIN elsewhere
 *     activation code          4 bytes   63 bits are out of reach: here a customer's mistake is told, and a thief's search is not helped
 *
 * On boards with a device root K also stands under the key of unlocking (recovery.ts), for who has forgotten the PIN.
 *
 * The activation code is the vault's key between personalisation and the first PIN. It is 19 random digits, so a few rounds do: see
 * ACTIVATION_ROUNDS.
 *
 * Order of an attempt: limit first; count durably; read back; only then compare, in constant time; reset last. A counter that cannot
 * be read locks.
 */

import { KIND_VERIFY_BANK } from "../../protocol/apdu/credential-kind.ts";
import { decodeUnixTime, encodeUnixTime } from "../../protocol/apdu/unix-time.ts";
import { type HmacKey, hmacKey, hmacWith, wipeHmacKey } from "../../protocol/otp/hmac.ts";
import { pbkdf2 } from "../crypto/pbkdf2.ts";
import type { Board } from "../hal/board.ts";
import { clockMark, soundTime, timeless } from "./clock-guard.ts";
import { type Codes, codes } from "./codes.part.ts";
import { type Credential, type CredentialData, encodeCredential, keyOffset } from "./credential.ts";
import {
  ACTIVATION,
  CREDENTIAL,
  CREDENTIAL_SLOTS,
  PIN,
  POLICY,
  PREFERENCES,
  RECOVERY,
  SERIAL,
  TRIES,
  UNLOCK,
} from "./entries.ts";
import { type Entry, type Journal, JournalError } from "./journal.ts";
import type { Recovery } from "./recovery.ts";

export const PIN_MIN_LENGTH = 6;
export const PIN_MAX_LENGTH = 8;

/** Wrong activation codes before the token belongs to the desk, whatever the limit for PINs. */
const ACTIVATION_TRIES = 5;
/**
 * Rounds for an activation code: 10^19 codes of 256 rounds are 2^71 computations of HMAC, some ten thousand years of a graphics card.
 * More would only keep the desk waiting.
 */
const ACTIVATION_ROUNDS = 256;
const ACTIVATION_CHECK = 4;

/** Slot n's key of the bank is that of slot BANK_KEY + n, for a credential that verifies the bank. */
export const BANK_KEY = CREDENTIAL_SLOTS;

const SALT_LENGTH = 16;
/** Where a seal's check begins. */
const CHECK = 4 + SALT_LENGTH;
/** Of a check of one byte: four bits. */
const CHECK_BITS = 0x0f;

export class Vault {
  private readonly board: Board;
  private readonly journal: Journal;
  private readonly recovery: Recovery | undefined;
  /** The credentials, by slot; none while the vault is closed. */
  credentials: Credential[] = [];
  /** What the clock showed at the first code that this opening gave; undefined before it. */
  firstCode: number | undefined = undefined;
  /** K, from the right answer to a challenge for a new PIN until that is set or the vault closes. */
  private recovered: HmacKey | undefined = undefined;
  /** Their keys, by slot. */
  private keys: (HmacKey | undefined)[] = [];
  private loaded: Codes | undefined;

  constructor(board: Board, journal: Journal, recovery?: Recovery) {
    this.board = board;
    this.journal = journal;
    this.recovery = recovery;
  }

  /** True once the customer has set a PIN. */
  hasPin(): boolean {
    return this.journal.get(PIN) !== undefined;
  }

  /** Tries left, of PINs or of activation codes, before the token locks; 0 when it is locked or its counter cannot be read. */
  triesLeft(): number {
    const policy = this.journal.get(POLICY);
    const used = this.journal.get(TRIES);
    if (policy === undefined || used === undefined || used.length !== 1) return 0;
    const limit = this.activationEnd() === undefined ? policy[0] : ACTIVATION_TRIES;
    return used[0] < limit ? limit - used[0] : 0;
  }

  /** The Unix time from which the activation code is refused; undefined where none is awaited. */
  activationEnd(): number | undefined {
    const activation = this.journal.get(ACTIVATION);
    return activation === undefined ? undefined : decodeUnixTime(activation.subarray(0, 8));
  }

  /**
   * Whether the board's hash is what was installed, and can do the rounds of the seal: those of faster code would take minutes in
   * TypeScript, for which one is enough. A token that says no belongs to the bank.
   */
  sound(): boolean {
    const seal = this.sealed();
    const primitives = this.board.primitives;
    if (!primitives.intact("sha256")) return false;
    return seal === undefined || rounds(seal) === 1 || primitives.providers.sha256 !== "typescript";
  }

  /**
   * Takes K, which it overwrites, from where the board has recovered it, for `setPin`: whoever calls this has had the right answer of the
   * bank's. The tries stay used until the PIN is set.
   * @throws JournalError when it is not this PIN's
   */
  recover(k: Uint8Array): void {
    this.close();
    const key = this.keyOf(k);
    k.fill(0);
    if (!this.fits(key, this.sealed() as Uint8Array)) throw new JournalError("not the PIN's key");
    this.recovered = key;
  }

  /**
   * Sets the first PIN, or one in place of that which was recovered, and masks every key under it; no clear key is left in the flash.
   * @throws JournalError when a PIN is set already and not recovered, an activation code is awaited, or the board is not sound
   */
  setPin(pin: Uint8Array): void {
    const present = this.recovered;
    if (present === undefined && this.sealed() !== undefined) throw new JournalError("a PIN is set already");
    if (!this.sound()) throw new JournalError("the machine code is broken");
    this.putUnderPin(pin, present);
    this.close();
  }

  /**
   * Puts another PIN in place of the present one, or of the activation code, of which nothing is left in the flash. The present one is
   * tried as `open` tries it. False, and nothing is changed but the count, where it is wrong, the token locked, or the board not sound.
   */
  changePin(present: Uint8Array, pin: Uint8Array): boolean {
    this.wipe();
    const key = this.attempt(present);
    if (key === undefined) return false;
    try {
      this.putUnderPin(pin, key);
    } finally {
      wipeHmacKey(key);
    }
    return true;
  }

  /**
   * One attempt to open the vault, with the PIN or, before there is one, the activation code. False for a wrong one and for a locked
   * token; the attempt is counted before it is judged. False, and not counted, where the board is not sound, and for an activation code
   * whose time is over or, on a board that is built to, can't be told.
   */
  open(pin: Uint8Array): boolean {
    this.wipe();
    const key = this.attempt(pin);
    if (key === undefined) return false;
    // Before the counter is reset, so that a fault of the flash finds the keys where they are overwritten. All of them now, while the
    // customer waits anyway: not while they wait for a code.
    for (let slot = 0; slot < CREDENTIAL_SLOTS; slot++) {
      const value = this.journal.get(CREDENTIAL + slot);
      if (value === undefined) continue;
      const credential = this.codes().decodeCredential(this.board.wire, slot, value);
      const clear = this.masked(key, slot, value.subarray(keyOffset(value)));
      value.fill(0);
      this.credentials.push(credential);
      const name = credential.suite.hash;
      // One that is broken is replaced by this. The PIN has gone through SHA-256 just now.
      if (name !== "sha256") this.board.primitives.intact(name);
      const hash = this.board.primitives.hashes[name];
      const both = credential.kind === KIND_VERIFY_BANK;
      this.keys[slot] = hmacKey(hash, both ? clear.subarray(0, 32) : clear);
      if (both) this.keys[BANK_KEY + slot] = hmacKey(hash, clear.subarray(32));
      clear.fill(0);
    }
    wipeHmacKey(key);
    this.journal.commit([{ id: TRIES, value: new Uint8Array(1) }]);
    return true;
  }

  /**
   * The key of a credential, which is overwritten when the vault closes.
   * @param slot that of a credential, for the bank's key with BANK_KEY
   * @throws JournalError unless the vault is open, or when the key's hash broke since then
   */
  key(slot: number): HmacKey {
    const key = this.keys[slot];
    if (key === undefined) throw new JournalError("the vault is closed");
    for (const credential of this.credentials) {
      if (credential.slot !== slot % BANK_KEY || this.board.primitives.intact(credential.suite.hash)) continue;
      throw new JournalError("the machine code is broken");
    }
    return key;
  }

  /** What reads credentials and computes their codes: loaded by the first who asks, there until the vault is closed. */
  codes(): Codes {
    if (this.loaded === undefined) this.loaded = codes();
    return this.loaded;
  }

  /** Overwrites what the PIN opened, and lets go of what computes. */
  close(): void {
    this.wipe();
    this.loaded = undefined;
  }

  private wipe(): void {
    for (const key of this.keys) if (key !== undefined) wipeHmacKey(key);
    this.keys = [];
    this.credentials = [];
    this.firstCode = undefined;
    if (this.recovered !== undefined) wipeHmacKey(this.recovered);
    this.recovered = undefined;
  }

  /** Puts the keys among the entries of a personalisation under an activation code. @param end Unix time from which it is refused */
  awaitActivation(entries: Entry[], code: Uint8Array, end: number): void {
    const seal = this.mask(
      entries,
      code,
      Math.min(this.board.pinRounds(this.board.primitives), ACTIVATION_ROUNDS),
      ACTIVATION_CHECK,
      false,
    );
    const value = new Uint8Array(8 + seal.length);
    value.set(encodeUnixTime(end));
    value.set(seal, 8);
    entries.push({ id: ACTIVATION, value: value });
  }

  /** The seal of the PIN or, before there is one, of the activation code. */
  private sealed(): Uint8Array | undefined {
    const activation = this.journal.get(ACTIVATION);
    return activation === undefined ? this.journal.get(PIN) : activation.subarray(8);
  }

  /** K of the right PIN, which the caller wipes; the attempt is counted, and the count not yet reset. */
  private attempt(pin: Uint8Array): HmacKey | undefined {
    const seal = this.sealed();
    const used = this.journal.get(TRIES);
    if (seal === undefined || used === undefined || !this.sound() || this.triesLeft() === 0) return undefined;
    const changes: Entry[] = [{ id: TRIES, value: new Uint8Array([used[0] + 1]) }];
    const end = this.activationEnd();
    if (end !== undefined) {
      // Where no time can be told the tries alone bound the code, and its letter's end is the bank's to keep.
      if (!timeless(this.board)) {
        const now = soundTime(this.board, this.journal);
        if (now === undefined || now >= end) return undefined;
        // A clock that was set back to stretch the code's life reads below this from now on.
        changes.push(clockMark(now));
      }
    }
    this.journal.commit(changes);
    const counted = this.journal.get(TRIES);
    if (counted === undefined || counted[0] !== used[0] + 1) return undefined;
    const k = this.derive(pin, seal);
    const key = this.keyOf(k);
    k.fill(0);
    if (this.fits(key, seal)) return key;
    wipeHmacKey(key);
    return undefined;
  }

  /** Whether the seal is this key's, in constant time. */
  private fits(key: HmacKey, seal: Uint8Array): boolean {
    const check = this.check(key, seal.length - CHECK);
    let difference = 0;
    for (let i = 0; i < check.length; i++) difference |= check[i] ^ seal[CHECK + i];
    check.fill(0);
    return difference === 0;
  }

  /** Masks every key under a PIN. @param present what they are masked with now, if they are */
  private putUnderPin(pin: Uint8Array, present: HmacKey | undefined): void {
    const changes: Entry[] = [];
    for (let slot = 0; slot < CREDENTIAL_SLOTS; slot++) {
      const value = this.journal.get(CREDENTIAL + slot);
      if (value !== undefined) changes.push({ id: CREDENTIAL + slot, value: value });
    }
    // Under the new mask before the old one is taken away: the key never stands in clear.
    const seal = this.mask(
      changes,
      pin,
      this.board.pinRounds(this.board.primitives),
      this.board.bind === undefined ? 1 : 16,
      true,
    );
    if (present !== undefined) this.stream(changes, present);
    changes.push({ id: PIN, value: seal });
    changes.push({ id: TRIES, value: new Uint8Array(1) });
    changes.push({ id: ACTIVATION, value: new Uint8Array(0) });
    changes.push({ id: UNLOCK, value: new Uint8Array(0) });
    this.journal.rewrite(changes);
  }

  /** Masks the keys in these entries under a secret, and gives its seal. @param recoverable its K is to be sealed for recovery, too */
  private mask(
    entries: Entry[],
    secret: Uint8Array,
    iterations: number,
    checkLength: number,
    recoverable: boolean,
  ): Uint8Array {
    const seal = new Uint8Array(CHECK + checkLength);
    new DataView(seal.buffer).setUint32(0, iterations);
    seal.set(this.board.random(SALT_LENGTH), 4);
    const k = this.derive(secret, seal);
    const key = this.keyOf(k);
    seal.set(this.check(key, checkLength), CHECK);
    this.stream(entries, key);
    wipeHmacKey(key);
    const recovery = this.recovery;
    if (recoverable && recovery !== undefined) recovery.keep(this.journal, entries, k);
    k.fill(0);
    return seal;
  }

  /** Exclusive-or of the keys in these entries with the key streams of their slots. */
  private stream(entries: Entry[], key: HmacKey): void {
    for (let i = 0; i < entries.length; i++) {
      const slot = entries[i].id - CREDENTIAL;
      const value = entries[i].value;
      if (slot < 0 || slot >= CREDENTIAL_SLOTS || value.length === 0) continue;
      const at = keyOffset(value);
      value.set(this.masked(key, slot, value.subarray(at)), at);
    }
  }

  /** K of a secret, by the seal's rounds and salt, for this token alone. */
  private derive(secret: Uint8Array, seal: Uint8Array): Uint8Array {
    const sha256 = this.board.primitives.hashes.sha256;
    const serial = this.journal.get(SERIAL);
    const salt = new Uint8Array(SALT_LENGTH + (serial === undefined ? 0 : serial.length));
    salt.set(seal.subarray(4, CHECK));
    if (serial !== undefined) salt.set(serial, SALT_LENGTH);
    const derived = pbkdf2(sha256, secret, salt, rounds(seal), 32);
    if (this.board.bind === undefined) return derived;
    const k = this.board.bind(derived);
    derived.fill(0);
    return k;
  }

  private keyOf(k: Uint8Array): HmacKey {
    return hmacKey(this.board.primitives.hashes.sha256, k);
  }

  private check(key: HmacKey, length: number): Uint8Array {
    const mac = hmacWith(key, new Uint8Array([0xff]));
    const check = new Uint8Array(mac.subarray(0, length));
    mac.fill(0);
    if (length === 1) check[0] &= CHECK_BITS;
    return check;
  }

  /** Exclusive-or of `bytes` with the slot's key stream, a fresh array. */
  private masked(key: HmacKey, slot: number, bytes: Uint8Array): Uint8Array {
    const blocks = (bytes.length + 31) >> 5;
    const words = new Uint32Array(8 * blocks);
    const result = new Uint8Array(words.buffer);
    result.set(bytes);
    let i = 0;
    for (let block = 0; block < blocks; block++) {
      const stream = hmacWith(key, new Uint8Array([slot, block]));
      // Four bytes at a time, in whatever order the processor has them.
      for (const mask of new Uint32Array(stream.buffer, stream.byteOffset, 8)) words[i++] ^= mask;
      stream.fill(0);
    }
    const exact = new Uint8Array(result.subarray(0, bytes.length));
    result.fill(0);
    return exact;
  }
}

/** Rounds of PBKDF2 in a seal. */
function rounds(seal: Uint8Array): number {
  return new DataView(seal.buffer, seal.byteOffset).getUint32(0);
}

/** The entries that put credentials in place of all that the token has, without a PIN: the state after personalisation. */
export function credentialEntries(
  board: Pick<Board, "wire">,
  credentials: CredentialData[],
  keys: Uint8Array[],
): Entry[] {
  const entries: Entry[] = [
    { id: PIN, value: new Uint8Array(0) },
    { id: ACTIVATION, value: new Uint8Array(0) },
    { id: RECOVERY, value: new Uint8Array(0) },
    { id: UNLOCK, value: new Uint8Array(0) },
    { id: TRIES, value: new Uint8Array(1) },
    { id: PREFERENCES, value: new Uint8Array(0) },
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
