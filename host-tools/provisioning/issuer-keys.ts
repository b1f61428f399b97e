/** The issuer's keys on their way to a token: staged there, until a session under them commits them. */
import type { Transport } from "../device/transport.ts";
import type { KeyService, TokenIdentity } from "../keys/key-service.ts";
import { TokenSession } from "./token-session.ts";

/**
 * PUT KEY in a session under the keys that the token has. The next session must be one under the issuer's: a RESET makes the token drop
 * what it has only staged.
 * @param token with the version of the keys that it has
 * @param opened called when the session stands
 * @throws PortError, TokenRefusal, KeyServiceError and Scp03Error
 */
export async function putIssuerKeys(
  transport: Transport,
  keys: KeyService,
  token: TokenIdentity & { keyVersion: number },
  opened?: () => void,
): Promise<void> {
  const session = await TokenSession.open(transport, keys, token, token.keyVersion);
  try {
    opened?.();
    await session.send("PUT KEY", await session.channel.putIssuerKeys());
  } catch (error) {
    await session.end();
    throw error;
  }
  await session.channel.close(); // not `end`, which resets
}
