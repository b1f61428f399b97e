/** An open secure channel to a token: commands from the key service, carried there and back. */

import { type ClockHistory, parseClockHistory } from "../../protocol/apdu/clock-history.ts";
import {
  type ClockReading,
  parseClockReading,
  parseTokenInformation,
  type TokenInformation,
} from "../../protocol/apdu/get-data.ts";
import { parseResponse } from "../../protocol/apdu/response.ts";
import { SW_OK, SW_REFERENCED_DATA_NOT_FOUND } from "../../protocol/apdu/status-word.ts";
import { TokenRefusal } from "../device/token-refusal.ts";
import type { Transport } from "../device/transport.ts";
import type { KeyChannel, KeyService, TokenIdentity } from "../keys/key-service.ts";

export class TokenSession {
  readonly channel: KeyChannel;
  readonly #transport: Transport;

  private constructor(transport: Transport, channel: KeyChannel) {
    this.#transport = transport;
    this.channel = channel;
  }

  /**
   * @param keyVersion of the keys that the token has now
   * @throws PortError
   * @throws TokenRefusal
   * @throws KeyServiceError when the keys are not the token's
   */
  static async open(
    transport: Transport,
    keys: KeyService,
    token: TokenIdentity,
    keyVersion: number,
  ): Promise<TokenSession> {
    const channel = await keys.openChannel(token, keyVersion);
    const session = new TokenSession(transport, channel);
    try {
      const answer = await transport.exchange(await channel.initializeUpdate());
      const { statusWord } = parseResponse(answer);
      if (statusWord !== SW_OK) throw new TokenRefusal("INITIALIZE UPDATE", statusWord);
      await session.send("EXTERNAL AUTHENTICATE", await channel.externalAuthenticate(answer));
      return session;
    } catch (error) {
      await session.end();
      throw error;
    }
  }

  /**
   * Carries a command of the channel to the token.
   * @param name of the command, for the message when the token refuses it
   * @returns the data of the answer, in clear
   * @throws PortError
   * @throws TokenRefusal
   * @throws Scp03Error and KeyServiceError when the answer is not to be believed
   */
  async send(name: string, command: Uint8Array): Promise<Uint8Array> {
    const response = await this.channel.accept(await this.#transport.exchange(command));
    if (response.statusWord !== SW_OK) throw new TokenRefusal(name, response.statusWord);
    return response.data;
  }

  /** Who the token is, by its own word. */
  async information(): Promise<TokenInformation> {
    return parseTokenInformation(await this.send("GET DATA", await this.channel.getInformation()));
  }

  /** What the token's clock shows. */
  async clock(): Promise<ClockReading> {
    return parseClockReading(await this.send("GET DATA", await this.channel.getClock()));
  }

  /** When the clock was set last, and its drift; `undefined` of a token that does not keep that, or was never set. */
  async clockHistory(): Promise<ClockHistory | undefined> {
    try {
      return parseClockHistory(await this.send("GET DATA", await this.channel.getClockHistory()));
    } catch (error) {
      if (error instanceof TokenRefusal && error.statusWord === SW_REFERENCED_DATA_NOT_FOUND) return undefined;
      throw error;
    }
  }

  /** Ends the session on both sides. What the token has only staged is dropped. Never fails: the line may be why it ends. */
  async end(): Promise<void> {
    await this.channel.close();
    await this.#transport.reset().catch(() => {});
  }
}
