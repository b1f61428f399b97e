/**
 * Secure Channel Protocol '03' (GlobalPlatform Card Specification v2.2, Amendment D v1.1.1): what `HostSession` and `CardSession` share.
 * AES-128, short APDUs, the basic logical channel, and one security level: 33, where every command and every response is encrypted and
 * MACed.
 *
 *     host                                                     card
 *     INITIALIZE UPDATE: host challenge                   ->
 *                                                         <-   card challenge, card cryptogram
 *     EXTERNAL AUTHENTICATE: host cryptogram, C-MAC       ->
 *                                                         <-   9000
 *     command, encrypted and MACed                        ->
 *                                                         <-   response, encrypted and MACed; or a bare error status word
 *
 * Any security error ends the session: its keys are overwritten, the fault is thrown as an `Scp03Error`, and from then on the object
 * refuses everything with one. A call out of turn is such an error. Data too long for a short APDU are an `ApduError` instead, and
 * the session goes on.
 *
 * An error status word travels without a MAC (6.2.5): that a command succeeded is proven, that it failed is not.
 */

import { ApduError } from "../apdu/apdu-error.ts";
import { type CommandApdu, MAX_SECURED_DATA } from "../apdu/command.ts";
import { SW_SECURITY_STATUS_NOT_SATISFIED, SW_WRONG_LENGTH } from "../apdu/status-word.ts";
import { copyBytes } from "../copy-bytes.ts";
import type { Aes128, Aes128Key } from "../primitives.ts";
import { cbcDecrypt, cbcEncrypt } from "./cbc.ts";
import { type CmacKey, cmac, cmacKey, wipeCmacKey } from "./cmac.ts";
import { CARD_CRYPTOGRAM, HOST_CRYPTOGRAM, kdf } from "./kdf.ts";
import { pad, unpad } from "./padding.ts";
import { Scp03Error } from "./scp03-error.ts";
import type { SessionKeys } from "./session-keys.ts";
import { wipeCipher } from "./wipe.ts";

// Stages of a session, in their order.
export const AUTHENTICATING = 0;
/** The host has sent EXTERNAL AUTHENTICATE and waits for the answer. */
export const AUTHENTICATED = 1;
/** A command may pass. */
export const READY = 2;
/** Its response is due. */
export const ANSWERING = 3;
const CLOSED = 4;

/** C-MAC and R-MAC, bytes. */
export const MAC_LENGTH = 8;

// First byte of the counter block that makes an ICV (6.2.6, 6.2.7).
export const COMMAND_ICV = 0x00;
export const RESPONSE_ICV = 0x80;

export type CommandHeader = Pick<CommandApdu, "cla" | "ins" | "p1" | "p2">;

/** S-ENC, S-MAC and S-RMAC, expanded. */
export interface ChannelKeys {
  readonly enc: Aes128;
  readonly mac: CmacKey;
  readonly rmac: CmacKey;
}

export class SecureChannel {
  protected stage: number;
  /** 6.2.2.2, 8 bytes */
  protected readonly cardCryptogram: Uint8Array;
  /** 6.2.2.3, 8 bytes */
  protected readonly hostCryptogram: Uint8Array;
  private keys: ChannelKeys | undefined;
  /** 6.2.3: the full C-MAC of the last command, 16 bytes */
  private readonly chaining: Uint8Array;
  /** 6.2.6: as a whole block, big-endian */
  private readonly counter: Uint8Array;

  /** @param keys are overwritten @param hostChallenge 8 bytes @param cardChallenge 8 bytes */
  constructor(aes128: Aes128Key, keys: SessionKeys, hostChallenge: Uint8Array, cardChallenge: Uint8Array) {
    const mac = cmacKey(aes128(keys.mac));
    const context = [hostChallenge, cardChallenge];
    this.keys = { enc: aes128(keys.enc), mac, rmac: cmacKey(aes128(keys.rmac)) };
    keys.enc.fill(0);
    keys.mac.fill(0);
    keys.rmac.fill(0);
    this.cardCryptogram = kdf(mac, CARD_CRYPTOGRAM, 64, context);
    this.hostCryptogram = kdf(mac, HOST_CRYPTOGRAM, 64, context);
    this.chaining = new Uint8Array(16);
    this.counter = new Uint8Array(16);
    this.stage = AUTHENTICATING;
  }

  /** Whether the session is authenticated and has not ended. */
  isOpen(): boolean {
    return this.stage === READY || this.stage === ANSWERING;
  }

  /** Ends the session and overwrites its keys. */
  close(): void {
    const keys = this.keys;
    this.stage = CLOSED;
    this.keys = undefined;
    this.chaining.fill(0);
    if (keys === undefined) return;
    wipeCmacKey(keys.mac);
    wipeCmacKey(keys.rmac);
    wipeCipher(keys.enc);
    wipeCipher(keys.mac.aes);
    wipeCipher(keys.rmac.aes);
  }

  /** The keys, if it is this stage's turn. */
  protected keysAt(stage: number): ChannelKeys {
    if (this.keys === undefined) throw this.securityError("The session has ended");
    if (this.stage !== stage) throw this.securityError("A call out of turn");
    return this.keys;
  }

  /** Ends the session. */
  protected securityError(message: string): Scp03Error {
    this.close();
    return new Scp03Error(SW_SECURITY_STATUS_NOT_SATISFIED, message);
  }

  /** 6.2.4: the C-MAC over chaining value, header with the final Lc, and the encrypted data. In full it is the next chaining value. */
  protected commandMac(keys: ChannelKeys, header: CommandHeader, encrypted: Uint8Array): Uint8Array {
    const bytes = new Uint8Array([header.cla, header.ins, header.p1, header.p2, encrypted.length + MAC_LENGTH]);
    this.chaining.set(cmac(keys.mac, [this.chaining, bytes, encrypted]));
    return copyBytes(this.chaining, 0, MAC_LENGTH);
  }

  /** 6.2.5: the R-MAC over chaining value, encrypted data and status word. */
  protected responseMac(keys: ChannelKeys, encrypted: Uint8Array, statusWord: number): Uint8Array {
    const sw = new Uint8Array([statusWord >> 8, statusWord]);
    return copyBytes(cmac(keys.rmac, [this.chaining, encrypted, sw]), 0, MAC_LENGTH);
  }

  /** 6.2.6: counts a command, even one without data. */
  protected countCommand(): void {
    let i = 15;
    while (i > 0 && this.counter[i] === 0xff) this.counter[i--] = 0;
    this.counter[i]++;
  }

  /** 6.2.6 and 6.2.7: no data, no encryption. @param direction COMMAND_ICV or RESPONSE_ICV */
  protected encrypt(keys: ChannelKeys, direction: number, data: Uint8Array): Uint8Array {
    return data.length === 0 ? data : cbcEncrypt(keys.enc, this.icv(keys, direction), pad(data));
  }

  /** The reverse of `encrypt`, once the MAC was right. */
  protected decrypt(keys: ChannelKeys, direction: number, encrypted: Uint8Array): Uint8Array {
    if (encrypted.length === 0) return encrypted;
    const data = unpad(cbcDecrypt(keys.enc, this.icv(keys, direction), encrypted));
    if (data === undefined) throw this.securityError("The padding is wrong");
    return data;
  }

  private icv(keys: ChannelKeys, direction: number): Uint8Array {
    const block = copyBytes(this.counter, 0, 16);
    block[0] = direction;
    return keys.enc.encryptBlock(block);
  }
}

/** @throws ApduError for more than 239 bytes */
export function checkSecuredLength(data: Uint8Array): void {
  if (data.length > MAX_SECURED_DATA) {
    throw new ApduError(
      SW_WRONG_LENGTH,
      `A secured APDU carries ${MAX_SECURED_DATA} bytes at most, not ${data.length}`,
    );
  }
}

/** Data field and MAC, one after the other. */
export function withMac(encrypted: Uint8Array, mac: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(encrypted.length + mac.length);
  bytes.set(encrypted);
  bytes.set(mac, encrypted.length);
  return bytes;
}
