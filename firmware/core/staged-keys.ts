/**
 * The issuer's keys between PUT KEY and the commit: in RAM, and gone with the power, a RESET, a failed session or one under other keys. A
 * new session under them proves that both sides have the same.
 */
import { ApduError } from "../../protocol/apdu/apdu-error.ts";
import type { CommandApdu } from "../../protocol/apdu/command.ts";
import { encodePutKeyResponse, type KeySet, parsePutKey } from "../../protocol/apdu/put-key.ts";
import { SW_CONDITIONS_NOT_SATISFIED, SW_REFERENCED_DATA_NOT_FOUND } from "../../protocol/apdu/status-word.ts";
import type { Aes128, Aes128Key } from "../../protocol/primitives.ts";
import { KEYS } from "./entries.ts";
import type { Entry } from "./journal.ts";
import { encodeKeys } from "./static-keys.ts";
import { ISSUED, type Token } from "./token.ts";

export class StagedKeys {
  private readonly token: Token;
  private keys: KeySet | undefined;
  private version = 0;
  /** The session runs under these keys. */
  inSession = false;

  constructor(token: Token) {
    this.token = token;
  }

  present(): boolean {
    return this.keys !== undefined;
  }

  /** PUT KEY. @param dek of the session's keys @throws ApduError */
  put(aes128: Aes128Key, dek: Aes128, command: CommandApdu): Uint8Array {
    if (this.inSession) throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "the staged keys are committed first");
    const put = parsePutKey(aes128, dek, command);
    const current = this.token.journal.get(KEYS) as Uint8Array;
    const version = current[0];
    current.fill(0);
    if (put.newVersion === version || (put.replacedVersion !== version && put.replacedVersion !== 0)) {
      wipe(put.keys);
      throw new ApduError(SW_REFERENCED_DATA_NOT_FOUND, "a new version replaces the present one");
    }
    this.drop();
    this.keys = put.keys;
    this.version = put.newVersion;
    return encodePutKeyResponse(aes128, put.newVersion, put.keys);
  }

  /** The keys of a session that begins, the caller's to overwrite; undefined, and nothing is staged any more, when it asks for others. */
  beginSession(version: number): KeySet | undefined {
    const keys = this.keys;
    this.inSession = keys !== undefined && version === this.version;
    if (keys === undefined || !this.inSession) {
      this.drop();
      return undefined;
    }
    return { enc: new Uint8Array(keys.enc), mac: new Uint8Array(keys.mac), dek: new Uint8Array(keys.dek) };
  }

  drop(): void {
    wipe(this.keys);
    this.keys = undefined;
    this.version = 0;
  }

  /** The issuer's session: under these keys, or under the token's own once it is issued. @throws ApduError */
  requireIssuer(): void {
    if (!this.inSession && this.token.state() < ISSUED) {
      throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "the issuer's keys come first: PUT KEY, then a new session");
    }
  }

  /** Commits entries, and these keys where the session runs under them. Nothing of them stays in RAM, or in what the journal had before. */
  commit(entries: Entry[]): void {
    const keys = this.keys;
    if (keys !== undefined && this.inSession) {
      entries.push({ id: KEYS, value: encodeKeys(this.version, keys.enc, keys.mac, keys.dek) });
    }
    this.token.journal.rewrite(entries);
    for (let i = 0; i < entries.length; i++) entries[i].value.fill(0);
    this.drop();
    this.inSession = false;
  }
}

export function wipe(keys: KeySet | undefined): void {
  if (keys === undefined) return;
  keys.enc.fill(0);
  keys.mac.fill(0);
  keys.dek.fill(0);
}
