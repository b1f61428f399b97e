/**
 * Gives a token a newer firmware, in a session under the issuer's keys. Until the last step the token only collects what comes; that one
 * reads it back, makes it the current firmware and restarts the token. Broken off anywhere, the token has the old firmware or the new
 * one, whole, and all that it remembers.
 */
import { TOKEN_STATES, type TokenInformation } from "../../protocol/apdu/get-data.ts";
import { LOAD_BLOCK } from "../../protocol/apdu/load.ts";
import { versionNumber } from "../../protocol/image/firmware-image.ts";
import { PortError } from "../device/port-error.ts";
import { tokenInfo } from "../device/token.ts";
import type { Transport } from "../device/transport.ts";
import type { KeyService } from "../keys/key-service.ts";
import { type HostClock, pause, systemClock } from "./host-clock.ts";
import { TokenSession } from "./token-session.ts";

const ISSUED = TOKEN_STATES.indexOf("issued");
/** From the last answer until the token must answer with its new version. */
const RESTART_MS = 20_000;
const LOOK_MS = 250;

/** A built firmware for the token's board. */
export interface FirmwareRelease {
  /** Name of the board that it is for. */
  board: string;
  version: string;
  /** 24 bytes. */
  header: Uint8Array;
  /** All behind the header, whole words. */
  body: Uint8Array;
  /** Of the body, 32 bytes. */
  digest: Uint8Array;
}

export interface FirmwareUpdate {
  serial: string;
  board: string;
  oldVersion: string;
  newVersion: string;
  /** Of the image, its header included; 0 where the token had the version already. */
  bytes: number;
  /** Of what the token read back from its flash, in hexadecimal; empty where nothing was loaded. */
  digest: string;
  /** Nothing was to do. */
  already: boolean;
  /** What the token says of itself now. */
  token: TokenInformation;
}

/** A token can't be updated, or was not. The message says what it has now and what to do. */
export class UpdateError extends Error {
  override name = "UpdateError";
}

export interface UpdateOptions {
  /** Told of bytes that the token has taken, out of all that there are. */
  progress?: (done: number, total: number) => void;
  clock?: HostClock;
}

/**
 * Updates a token.
 * @param releaseFor the firmware for a token's board
 * @throws UpdateError before anything was changed: no issued token, an older firmware than it has
 * @throws PortError @throws TokenRefusal @throws KeyServiceError
 */
export async function updateFirmware(
  transport: Transport,
  keys: KeyService,
  releaseFor: (token: TokenInformation) => Promise<FirmwareRelease>,
  { progress = () => {}, clock = systemClock }: UpdateOptions = {},
): Promise<FirmwareUpdate> {
  const before = await tokenInfo(transport);
  const { serial, boardName: board, firmwareVersion: oldVersion, state } = before;
  if (state < ISSUED)
    throw new UpdateError(
      `Token ${serial} is not personalised, and has no issuer who could update it. ` +
        "`ochre flash --image` gives a board another firmware, `ochre provision` a token its issuer.",
    );
  const release = await releaseFor(before);
  const newVersion = release.version;
  const told = { serial, board, oldVersion, newVersion };
  const [has, gets] = [oldVersion, newVersion].map(versionNumber);
  if (gets === has) return { ...told, bytes: 0, digest: "", already: true, token: before };
  if (gets < has)
    throw new UpdateError(
      `Token ${serial} has firmware ${oldVersion}, and ${newVersion} is older: a version that was replaced never comes back. ` +
        "Nothing was changed.",
    );
  let selectable = false;
  try {
    const session = await TokenSession.open(transport, keys, before, before.keyVersion);
    try {
      await session.send("INSTALL [for load]", await session.channel.installForLoad(release.digest, release.header));
      const { body } = release;
      for (let at = 0, number = 0; at < body.length; at += LOAD_BLOCK, number++) {
        const block = body.subarray(at, at + LOAD_BLOCK);
        const last = at + LOAD_BLOCK >= body.length;
        await session.send("LOAD", await session.channel.load(number, last, block));
        progress(at + block.length, body.length);
      }
      selectable = true;
      await session.send("INSTALL [for make selectable]", await session.channel.installForMakeSelectable());
    } finally {
      await session.end();
    }
    const token = await restarted(transport, before, newVersion, clock);
    const digest = Buffer.from(release.digest).toString("hex");
    return { ...told, bytes: release.header.length + release.body.length, digest, already: false, token };
  } catch (error) {
    if (error instanceof PortError)
      error.message += selectable
        ? ` Token ${serial} has firmware ${oldVersion} or ${newVersion}, whole: give the same command again, and it says which.`
        : ` Token ${serial} keeps firmware ${oldVersion} and all that it remembers: give the same command again, it begins anew.`;
    throw error;
  }
}

/** Waits until the token answers with its new version. */
async function restarted(
  transport: Transport,
  { serial, firmwareVersion }: TokenInformation,
  version: string,
  clock: HostClock,
): Promise<TokenInformation> {
  for (const end = clock.now() + RESTART_MS; clock.now() < end; ) {
    await pause(clock, LOOK_MS);
    const token = await tokenInfo(transport);
    if (token.serial === serial && token.firmwareVersion === version) return token;
  }
  throw new UpdateError(
    `Token ${serial} took firmware ${version} and did not start with it: it goes on with ${firmwareVersion}, and has lost nothing. ` +
      "Give the same command again; if it ends so once more, this firmware does not run on this board.",
  );
}
