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
import { type HmacKey, hmacKey, hmacWith, wipeHmacKey } from "../../protocol/otp/hmac.ts";
import { pbkdf2 } from "../crypto/pbkdf2.ts";
import type { Board } from "../hal/board.ts";
import { type Credential, type CredentialData, decodeCredential, encodeCredential, keyOffset } from "./credential.ts";
import { CREDENTIAL, CREDENTIAL_SLOTS, PIN, POLICY, PREFERENCES, TRIES } from "./entries.ts";
import { type Entry, type Journal, JournalError } from "./journal.ts";

export const PIN_MIN_LENGTH = 6;
export const PIN_MAX_LENGTH = 8;

const SALT_LENGTH = 16;

export class Vault {
  private readonly board: Board;
  private readonly journal: Journal;
  /** The credentials, by slot; none while the vault is closed. */
  credentials: Credential[] = [];
  /** Their keys, by slot. */
  private keys: (HmacKey | undefined)[] = [];

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

  /**
   * Whether the board's hash is still what was proven, and as fast as it was when the PIN was set, so that it can do its rounds; before
   * there is a PIN, whether it is as it was installed. A token that says no belongs to the bank.
   */
  sound(): boolean {
    if (!this.board.primitives.intact()) return false;
    const seal = this.journal.get(PIN);
    if (seal === undefined) return this.board.primitives.broken.indexOf("sha256") < 0;
    return rounds(seal) <= this.board.pinRounds;
  }

  /**
   * Sets the first PIN and masks every key under it; no clear key is left in the flash.
   * @throws JournalError when a PIN is set already, or the board is not sound
   */
  setPin(pin: Uint8Array): void {
    if (this.hasPin()) throw new JournalError("a PIN is set already");
    if (!this.sound()) throw new JournalError("the machine code is broken");
    this.seal(pin, undefined);
  }

  /**
   * Puts another PIN in place of the present one, of which nothing is left in the flash. The present one is tried as `open` tries it.
   * False, and nothing is changed but the count, where it is wrong, the token locked, or the board not sound.
   */
  changePin(present: Uint8Array, pin: Uint8Array): boolean {
    this.close();
    const key = this.attempt(present);
    if (key === undefined) return false;
    try {
      this.seal(pin, key);
    } finally {
      wipeHmacKey(key);
    }
    return true;
  }

  /**
   * One attempt to open the vault. False for a wrong PIN and for a locked token; the attempt is counted before it is judged. False, and
   * not counted, where the board is not sound.
   */
  open(pin: Uint8Array): boolean {
    this.close();
    const key = this.attempt(pin);
    if (key === undefined) return false;
    // Before the counter is reset, so that a fault of the flash finds the keys where they are overwritten. All of them now, while the
    // customer waits anyway: not while they wait for a code.
    for (let slot = 0; slot < CREDENTIAL_SLOTS; slot++) {
      const value = this.journal.get(CREDENTIAL + slot);
      if (value === undefined) continue;
      const credential = decodeCredential(this.board.wire, slot, value);
      const clear = this.masked(key, slot, value.subarray(keyOffset(value)));
      value.fill(0);
      this.credentials.push(credential);
      this.keys[slot] = hmacKey(this.board.primitives.hashes[credential.suite.hash], clear);
      clear.fill(0);
    }
    wipeHmacKey(key);
    this.journal.commit([{ id: TRIES, value: new Uint8Array(1) }]);
    return true;
  }

  /** The key of a credential, which is overwritten when the vault closes. @throws JournalError unless it is open */
  key(slot: number): HmacKey {
    const key = this.keys[slot];
    if (key === undefined) throw new JournalError("the vault is closed");
    return key;
  }

  /** Overwrites what the PIN opened. */
  close(): void {
    for (const key of this.keys) if (key !== undefined) wipeHmacKey(key);
    this.keys = [];
    this.credentials = [];
  }

  /** K of the right PIN, which the caller wipes; the attempt is counted, and the count not yet reset. */
  private attempt(pin: Uint8Array): HmacKey | undefined {
    const seal = this.journal.get(PIN);
    const used = this.journal.get(TRIES);
    if (seal === undefined || used === undefined || !this.sound() || this.triesLeft() === 0) return undefined;
    this.journal.commit([{ id: TRIES, value: new Uint8Array([used[0] + 1]) }]);
    const counted = this.journal.get(TRIES);
    if (counted === undefined || counted[0] !== used[0] + 1) return undefined;
    const key = this.derive(pin, seal);
    if ((this.check(key) ^ seal[4]) === 0) return key;
    wipeHmacKey(key);
    return undefined;
  }

  /** Masks every key under a PIN. @param present what they are masked with now, if they are */
  private seal(pin: Uint8Array, present: HmacKey | undefined): void {
    const seal = new Uint8Array(5 + SALT_LENGTH);
    new DataView(seal.buffer).setUint32(0, this.board.pinRounds);
    seal.set(this.board.random(SALT_LENGTH), 5);
    const key = this.derive(pin, seal);
    seal[4] = this.check(key);
    const changes: Entry[] = [
      { id: PIN, value: seal },
      { id: TRIES, value: new Uint8Array(1) },
    ];
    for (let slot = 0; slot < CREDENTIAL_SLOTS; slot++) {
      const value = this.journal.get(CREDENTIAL + slot);
      if (value === undefined) continue;
      const at = keyOffset(value);
      // Under the new mask before the old one is taken away: the key never stands in clear.
      value.set(this.masked(key, slot, value.subarray(at)), at);
      if (present !== undefined) value.set(this.masked(present, slot, value.subarray(at)), at);
      changes.push({ id: CREDENTIAL + slot, value: value });
    }
    wipeHmacKey(key);
    this.journal.rewrite(changes);
  }

  /** K of a PIN, by the seal's rounds and salt. */
  private derive(pin: Uint8Array, seal: Uint8Array): HmacKey {
    const sha256 = this.board.primitives.hashes.sha256;
    const k = pbkdf2(sha256, pin, seal.subarray(5), rounds(seal), 32);
    const key = hmacKey(sha256, k);
    k.fill(0);
    return key;
  }

  private check(key: HmacKey): number {
    const mac = hmacWith(key, new Uint8Array([0xff]));
    const check = mac[0];
    mac.fill(0);
    return check;
  }

  /** Exclusive-or of `bytes` with the slot's key stream, a fresh array. */
  private masked(key: HmacKey, slot: number, bytes: Uint8Array): Uint8Array {
    const blocks = (bytes.length + 31) >> 5;
    const words = new Uint32Array(8 * blocks);
    const result = new Uint8Array(words.buffer);
    result.set(bytes);
    for (let block = 0; block < blocks; block++) {
      const stream = hmacWith(key, new Uint8Array([slot, block]));
      // Four bytes at a time, in whatever order the processor has them.
      const mask = new Uint32Array(stream.buffer, stream.byteOffset, 8);
      for (let i = 0; i < 8; i++) words[8 * block + i] ^= mask[i];
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
export function credentialEntries(board: Board, credentials: CredentialData[], keys: Uint8Array[]): Entry[] {
  const entries: Entry[] = [
    { id: PIN, value: new Uint8Array(0) },
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
