/**
 * Gives a personalised token the issuer's new keys, when its issuer key was rotated (keys/keystore.ts), in this order:
 *
 *   1. a session under the keys that the token has
 *   2. PUT KEY: the new ones
 *   3. a new session, under those
 *   4. STORE DATA: the keys of the bank's orders and of unlocking, in one block that commits all of them
 *
 * Seeds, PIN, tries and clock stay as they are; no server has to know. The token commits in one step: broken off anywhere before, it has
 * the keys that it had; and whichever it has, it tells their version. So what was broken off is simply done again.
 *
 * Who has the key before and a recording of this line can read the new keys. Where the rotation is because a key became known, this is
 * done on a line that nobody else can record, as the first time.
 */
import { TOKEN_STATES } from "../../protocol/apdu/get-data.ts";
import { tokenInfo } from "../device/token.ts";
import type { Transport } from "../device/transport.ts";
import type { KeyService } from "../keys/key-service.ts";
import { putIssuerKeys } from "./issuer-keys.ts";
import { TokenSession } from "./token-session.ts";

const ISSUED = TOKEN_STATES.indexOf("issued");

export interface KeyRotation {
  serial: string;
  /** Version of the keys that the token had. */
  from: number;
  /** Version of those that it has: the same where it had the issuer's present keys already. */
  to: number;
}

/** The token has no issuer's keys that could be replaced, or is not the one that it says. */
export class KeyRotationError extends Error {
  override name = "KeyRotationError";
}

/**
 * @throws KeyRotationError
 * @throws PortError
 * @throws TokenRefusal
 * @throws KeyServiceError and Scp03Error
 */
export async function rotateKeys(transport: Transport, keys: KeyService): Promise<KeyRotation> {
  const info = await tokenInfo(transport);
  const to = keys.issuerKeyVersion;
  if (info.state < ISSUED)
    throw new KeyRotationError(`Token ${info.serial} is not personalised. Personalising gives it the issuer's keys.`);
  if (info.keyVersion !== to) await putIssuerKeys(transport, keys, info);
  // A token that says it has them already proves it.
  const session = await TokenSession.open(transport, keys, info, to);
  try {
    const inside = await session.information();
    if (inside.serial !== info.serial)
      throw new KeyRotationError(`The token calls itself ${inside.serial}, but has the keys of ${info.serial}.`);
    if (inside.keyVersion !== to) {
      let blocks = await session.channel.makeRotation();
      for (; blocks > 0; blocks--) await session.send("STORE DATA", await session.channel.storeBlock());
    }
    return { serial: info.serial, from: inside.keyVersion, to };
  } finally {
    await session.end();
  }
}
