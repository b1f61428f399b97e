/** The secure channel with a host: which keys it is opened under, and what is overwritten when it ends. */
import { ApduError } from "../../protocol/apdu/apdu-error.ts";
import type { CommandApdu } from "../../protocol/apdu/command.ts";
import { parseInitializeUpdate } from "../../protocol/apdu/initialize-update.ts";
import type { KeySet } from "../../protocol/apdu/put-key.ts";
import { SW_CONDITIONS_NOT_SATISFIED, SW_REFERENCED_DATA_NOT_FOUND } from "../../protocol/apdu/status-word.ts";
import type { Aes128, Aes128Key } from "../../protocol/primitives.ts";
import { CardSession } from "../../protocol/scp03/card-session.ts";
import { KEYS, SEQUENCE } from "./entries.ts";
import { type StagedKeys, wipe } from "./staged-keys.ts";
import type { Token } from "./token.ts";

/** Of the token's only application: F0, proprietary (ISO/IEC 7816-5), and its name. */
const AID = "\xf0OCHRE";

export class HostSession {
  /** Undefined where none is begun. */
  channel: CardSession | undefined = undefined;
  /** Makes the ciphers of a session, once there was one. */
  aes128: Aes128Key | undefined = undefined;
  private readonly token: Token;
  private readonly staged: StagedKeys;
  /** For their DEK. */
  private keys: KeySet | undefined;

  constructor(token: Token, staged: StagedKeys) {
    this.token = token;
    this.staged = staged;
  }

  /** INITIALIZE UPDATE, with no session open. @returns the data of its response @throws ApduError */
  begin(command: CommandApdu): Uint8Array {
    const token = this.token;
    const asked = parseInitializeUpdate(command);
    const current = token.journal.get(KEYS);
    const sequence = token.journal.get(SEQUENCE);
    if (current === undefined || sequence === undefined) {
      throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "this token has no keys yet");
    }
    let keys = this.staged.beginSession(asked.keyVersion);
    let version = current[0];
    if (keys !== undefined) version = asked.keyVersion;
    else if (asked.keyVersion === 0 || asked.keyVersion === version) {
      keys = {
        enc: new Uint8Array(current.subarray(1, 17)),
        mac: new Uint8Array(current.subarray(17, 33)),
        dek: new Uint8Array(current.subarray(33)),
      };
    }
    current.fill(0);
    this.keys = keys;
    if (keys === undefined) throw new ApduError(SW_REFERENCED_DATA_NOT_FOUND, "there is no key set of this version");
    // The counter makes the card challenge: it is spent before it is used, and a token that has used them all opens no session.
    for (let i = 2; i >= 0; i--) {
      sequence[i]++;
      if (sequence[i] !== 0) break;
      if (i === 0) throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "the sequence counter has ended");
    }
    token.journal.commit([{ id: SEQUENCE, value: sequence }]);
    const board = token.board;
    // One that is broken is replaced by this.
    board.primitives.intact("aes128");
    const aes128 = board.primitives.loadAes128();
    this.aes128 = aes128;
    const aid = board.wire.fromLatin1(AID);
    const channel = new CardSession(
      aes128,
      keys,
      version,
      sequence,
      diversificationData(token),
      aid,
      asked.hostChallenge,
    );
    this.channel = channel;
    return channel.initializeUpdateResponse();
  }

  /** A cipher under the session's DEK. */
  dek(): Aes128 {
    return (this.aes128 as Aes128Key)((this.keys as KeySet).dek);
  }

  /** Overwrites its keys. The staged ones stay, for the next session. */
  end(): void {
    if (this.channel !== undefined) this.channel.close();
    this.channel = undefined;
    wipe(this.keys);
    this.keys = undefined;
    this.staged.inSession = false;
  }
}

/** Model (2) and the last eight bytes of the serial number, which is padded to sixteen with zeros in front. */
function diversificationData(token: Token): Uint8Array {
  const data = new Uint8Array(10);
  data[0] = token.board.model >> 8;
  data[1] = token.board.model;
  const serial = token.board.wire.fromLatin1(token.serial());
  const tail = serial.subarray(Math.max(0, serial.length - 8));
  data.set(tail, 10 - tail.length);
  return data;
}
