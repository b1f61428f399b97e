/** The host's side of SCP03, in the order of its calls. `secure-channel.ts` has the rules. */
import { CLA_SECURE_MESSAGING, type CommandApdu, encodeCommand } from "../apdu/command.ts";
import { externalAuthenticate, INS_EXTERNAL_AUTHENTICATE, SECURITY_LEVEL } from "../apdu/external-authenticate.ts";
import type { InitializeUpdateResponse } from "../apdu/initialize-update.ts";
import { parseResponse, type ResponseApdu } from "../apdu/response.ts";
import { isProtectedStatus, SW_OK } from "../apdu/status-word.ts";
import type { Aes128Key } from "../primitives.ts";
import { equalBytes } from "./constant-time.ts";
import {
  ANSWERING,
  AUTHENTICATED,
  AUTHENTICATING,
  COMMAND_ICV,
  checkSecuredLength,
  MAC_LENGTH,
  READY,
  RESPONSE_ICV,
  SecureChannel,
  withMac,
} from "./secure-channel.ts";
import type { SessionKeys } from "./session-keys.ts";

export class HostSession extends SecureChannel {
  /**
   * @param keys `deriveSessionKeys` of the two challenges, or the same from an HSM; they are overwritten
   * @param hostChallenge the 8 bytes of INITIALIZE UPDATE
   * @param response the card's answer to it
   * @throws Scp03Error when the card does not hold the keys
   */
  constructor(aes128: Aes128Key, keys: SessionKeys, hostChallenge: Uint8Array, response: InitializeUpdateResponse) {
    super(aes128, keys, hostChallenge, response.cardChallenge);
    if (!equalBytes(response.cardCryptogram, this.cardCryptogram)) {
      throw this.securityError("The card cryptogram is wrong");
    }
  }

  /** The EXTERNAL AUTHENTICATE command to send, encoded. @throws Scp03Error */
  externalAuthenticate(): Uint8Array {
    const keys = this.keysAt(AUTHENTICATING);
    const header = { cla: 0x84, ins: INS_EXTERNAL_AUTHENTICATE, p1: SECURITY_LEVEL, p2: 0 };
    const mac = this.commandMac(keys, header, this.hostCryptogram);
    this.stage = AUTHENTICATED;
    return encodeCommand(externalAuthenticate(this.hostCryptogram, mac));
  }

  /** Takes the answer to EXTERNAL AUTHENTICATE, which carries no R-MAC. @throws Scp03Error unless it is 9000 */
  acceptAuthentication(apdu: Uint8Array): void {
    this.keysAt(AUTHENTICATED);
    if (apdu.length !== 2 || ((apdu[0] << 8) | apdu[1]) !== SW_OK) {
      throw this.securityError("The card refused the host cryptogram");
    }
    this.stage = READY;
  }

  /**
   * A command as it travels. Le, where there is one, travels as 00: padding and MAC come on top of what was asked for.
   * @throws ApduError for more than 239 bytes of data
   * @throws Scp03Error
   */
  wrap(command: CommandApdu): Uint8Array {
    const keys = this.keysAt(READY);
    checkSecuredLength(command.data);
    this.countCommand();
    const cla = command.cla | CLA_SECURE_MESSAGING;
    const header = { cla, ins: command.ins, p1: command.p1, p2: command.p2 };
    const encrypted = this.encrypt(keys, COMMAND_ICV, command.data);
    const data = withMac(encrypted, this.commandMac(keys, header, encrypted));
    const le = command.le === undefined ? undefined : 256;
    this.stage = ANSWERING;
    return encodeCommand({ cla, ins: command.ins, p1: command.p1, p2: command.p2, data, le });
  }

  /** The response to the command that was wrapped last. @throws Scp03Error */
  unwrap(apdu: Uint8Array): ResponseApdu {
    const keys = this.keysAt(ANSWERING);
    let response: ResponseApdu;
    try {
      response = parseResponse(apdu);
    } catch {
      throw this.securityError("This is no response APDU");
    }
    const length = response.data.length - MAC_LENGTH;
    if (!isProtectedStatus(response.statusWord)) {
      if (response.data.length > 0) throw this.securityError("An error status word came with data");
      this.stage = READY;
      return response;
    }
    if (length < 0 || (length & 15) !== 0) throw this.securityError("The response is not secured");
    const encrypted = response.data.subarray(0, length);
    if (!equalBytes(this.responseMac(keys, encrypted, response.statusWord), response.data.subarray(length))) {
      throw this.securityError("The R-MAC is wrong");
    }
    const data = this.decrypt(keys, RESPONSE_ICV, encrypted);
    this.stage = READY;
    return { data, statusWord: response.statusWord };
  }
}
