/** The card's side of SCP03, in the order of its calls. `secure-channel.ts` has the rules. */
import { CLA_SECURE_MESSAGING, type CommandApdu, parseCommand } from "../apdu/command.ts";
import { type ExternalAuthenticate, parseExternalAuthenticate } from "../apdu/external-authenticate.ts";
import { encodeInitializeUpdateResponse } from "../apdu/initialize-update.ts";
import { encodeResponse, type ResponseApdu } from "../apdu/response.ts";
import { isProtectedStatus, SW_AUTHENTICATION_FAILED } from "../apdu/status-word.ts";
import type { Aes128Key } from "../primitives.ts";
import { equalBytes } from "./constant-time.ts";
import { Scp03Error } from "./scp03-error.ts";
import {
  ANSWERING,
  AUTHENTICATING,
  COMMAND_ICV,
  checkSecuredLength,
  MAC_LENGTH,
  READY,
  RESPONSE_ICV,
  SecureChannel,
  withMac,
} from "./secure-channel.ts";
import { cardChallenge, deriveSessionKeys, type StaticKeys } from "./session-keys.ts";

export class CardSession extends SecureChannel {
  private readonly initializeUpdateData: Uint8Array;

  /**
   * @param keys the static keys of the set that INITIALIZE UPDATE asks for; they stay the caller's
   * @param keyVersion its version
   * @param sequenceCounter 3 bytes, incremented durably for this session
   * @param diversificationData 10 bytes from which the host finds the keys
   * @param aid 5 to 16 bytes
   * @param hostChallenge the 8 bytes of INITIALIZE UPDATE
   */
  constructor(
    aes128: Aes128Key,
    keys: StaticKeys,
    keyVersion: number,
    sequenceCounter: Uint8Array,
    diversificationData: Uint8Array,
    aid: Uint8Array,
    hostChallenge: Uint8Array,
  ) {
    const challenge = cardChallenge(aes128, keys.enc, sequenceCounter, aid);
    super(aes128, deriveSessionKeys(aes128, keys, hostChallenge, challenge), hostChallenge, challenge);
    this.initializeUpdateData = encodeInitializeUpdateResponse({
      diversificationData,
      keyVersion,
      cardChallenge: challenge,
      cardCryptogram: this.cardCryptogram,
      sequenceCounter,
    });
  }

  /** The data field that answers INITIALIZE UPDATE, 32 bytes. */
  initializeUpdateResponse(): Uint8Array {
    return this.initializeUpdateData;
  }

  /**
   * Takes EXTERNAL AUTHENTICATE; the answer to it is a bare 9000.
   * @throws Scp03Error (6300 for a wrong host cryptogram, else 6982), also for any other command or security level
   */
  externalAuthenticate(apdu: Uint8Array): void {
    const keys = this.keysAt(AUTHENTICATING);
    const command = this.parse(apdu);
    let request: ExternalAuthenticate;
    try {
      request = parseExternalAuthenticate(command);
    } catch {
      throw this.securityError("EXTERNAL AUTHENTICATE with security level 33 was expected");
    }
    const mac = this.commandMac(keys, command, request.hostCryptogram);
    if (!equalBytes(request.hostCryptogram, this.hostCryptogram)) {
      this.close();
      throw new Scp03Error(SW_AUTHENTICATION_FAILED, "The host cryptogram is wrong");
    }
    if (!equalBytes(request.mac, mac)) throw this.securityError("The C-MAC is wrong");
    this.stage = READY;
  }

  /**
   * A command in clear, its CLA as it travelled. In an open session everything that arrives goes through here, but INITIALIZE UPDATE,
   * which ends it (5.6).
   * @throws Scp03Error, for malformed and unsecured commands too
   */
  unwrap(apdu: Uint8Array): CommandApdu {
    const keys = this.keysAt(READY);
    const command = this.parse(apdu);
    const length = command.data.length - MAC_LENGTH;
    if ((command.cla & 0x7f) !== CLA_SECURE_MESSAGING || length < 0 || (length & 15) !== 0) {
      throw this.securityError("The command is not secured");
    }
    const encrypted = command.data.subarray(0, length);
    if (!equalBytes(this.commandMac(keys, command, encrypted), command.data.subarray(length))) {
      throw this.securityError("The C-MAC is wrong");
    }
    this.countCommand();
    const data = this.decrypt(keys, COMMAND_ICV, encrypted);
    this.stage = ANSWERING;
    return { cla: command.cla, ins: command.ins, p1: command.p1, p2: command.p2, data, le: command.le };
  }

  /**
   * The response to the command that was unwrapped last, as it travels. With an error status word the data are left out.
   * @throws ApduError for more than 239 bytes of data; the response is still due then
   * @throws Scp03Error
   */
  wrap(response: ResponseApdu): Uint8Array {
    const keys = this.keysAt(ANSWERING);
    const statusWord = response.statusWord;
    let secured: Uint8Array = new Uint8Array(0);
    if (isProtectedStatus(statusWord)) {
      checkSecuredLength(response.data);
      const encrypted = this.encrypt(keys, RESPONSE_ICV, response.data);
      secured = withMac(encrypted, this.responseMac(keys, encrypted, statusWord));
    }
    this.stage = READY;
    return encodeResponse(secured, statusWord);
  }

  /** Le is under no MAC, so it may say nothing but "all". */
  private parse(apdu: Uint8Array): CommandApdu {
    let command: CommandApdu;
    try {
      command = parseCommand(apdu);
    } catch {
      throw this.securityError("This is no command APDU");
    }
    if (command.le !== undefined && command.le !== 256) {
      throw this.securityError("Le is absent or 00 in a session");
    }
    return command;
  }
}
