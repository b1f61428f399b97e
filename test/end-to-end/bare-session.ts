/** A session of whoever has a token's keys and keeps to no rule of the key service: any command, well wrapped. */
import { aes128 } from "../../host-tools/crypto/node.ts";
import type { Transport } from "../../host-tools/device/transport.ts";
import type { TransportKeys } from "../../host-tools/keys/transport-keys.ts";
import { type CommandApdu, encodeCommand } from "../../protocol/apdu/command.ts";
import { initializeUpdate, parseInitializeUpdateResponse } from "../../protocol/apdu/initialize-update.ts";
import { parseResponse, type ResponseApdu } from "../../protocol/apdu/response.ts";
import { HostSession } from "../../protocol/scp03/host-session.ts";
import { deriveSessionKeys } from "../../protocol/scp03/session-keys.ts";

export interface BareSession {
  send(command: CommandApdu): Promise<ResponseApdu>;
}

/** @throws Scp03Error and ApduError where the token does not have the keys */
export async function openBareSession(transport: Transport, keys: TransportKeys): Promise<BareSession> {
  const challenge = new Uint8Array(8);
  const opening = encodeCommand(initializeUpdate(keys.keyVersion, challenge));
  const card = parseInitializeUpdateResponse(parseResponse(await transport.exchange(opening)).data);
  const session = new HostSession(
    aes128,
    deriveSessionKeys(aes128, keys, challenge, card.cardChallenge),
    challenge,
    card,
  );
  session.acceptAuthentication(await transport.exchange(session.externalAuthenticate()));
  return { send: async (command) => session.unwrap(await transport.exchange(session.wrap(command))) };
}
