/** STORE DATA: what its blocks bring is staged in RAM until the last one proves that both sides hold the same. */
import { ApduError } from "../../protocol/apdu/apdu-error.ts";
import type { CommandApdu } from "../../protocol/apdu/command.ts";
import { confirmations } from "../../protocol/apdu/confirmation.ts";
import { KIND_CONNECTED_SIGN, KIND_UNLOCK, UNLOCK_SLOT } from "../../protocol/apdu/credential-kind.ts";
import { type PersonalisationData, TAG_CREDENTIAL, TAG_ORDER_KEY } from "../../protocol/apdu/personalisation-data.ts";
import { SW_EXECUTION_ERROR, SW_WRONG_DATA } from "../../protocol/apdu/status-word.ts";
import { encodeStoreDataResponse, parseStoreData, wipeKeys } from "../../protocol/apdu/store-data.ts";
import type { Aes128 } from "../../protocol/primitives.ts";
import { equalBytes } from "../../protocol/scp03/constant-time.ts";
import type { Codes } from "./codes.part.ts";
import { CREDENTIAL_SLOTS } from "./entries.ts";
import type { StagedKeys } from "./staged-keys.ts";
import type { Token } from "./token.ts";

const NOTHING: Uint8Array = new Uint8Array(0);

export class StoreData {
  private readonly token: Token;
  private readonly staged: StagedKeys;
  private readonly commit: (objects: PersonalisationData[]) => void;
  private objects: PersonalisationData[] = [];
  private nextBlock = 0;

  /** @param commit makes the token keep all that was stored */
  constructor(token: Token, staged: StagedKeys, commit: (objects: PersonalisationData[]) => void) {
    this.token = token;
    this.staged = staged;
    this.commit = commit;
  }

  /** @param dek of the session's keys @throws ApduError */
  store(dek: Aes128, command: CommandApdu): Uint8Array {
    this.staged.requireIssuer();
    if (!this.token.board.primitives.intact("sha256"))
      throw new ApduError(SW_EXECUTION_ERROR, "a token whose machine code is broken guards no key");
    const block = parseStoreData(dek, command);
    let objects: PersonalisationData[] = [];
    try {
      if (block.block !== this.nextBlock) throw new ApduError(SW_WRONG_DATA, "the blocks come in order");
      objects = this.objects.concat(block.objects);
      checkObjects(this.token.vault.codes(), objects);
    } catch (error) {
      wipeKeys(block.objects);
      throw error;
    }
    this.objects = objects;
    this.nextBlock++;
    if (block.confirmation === undefined) return NOTHING;

    const expected = confirmations(dek, objects);
    if (!equalBytes(expected.host, block.confirmation)) {
      this.drop();
      throw new ApduError(SW_WRONG_DATA, "the confirmation does not fit what was stored");
    }
    const answer = encodeStoreDataResponse(expected.token);
    this.commit(objects);
    this.drop();
    return answer;
  }

  /** Nothing is staged any more. */
  drop(): void {
    wipeKeys(this.objects);
    this.objects = [];
    this.nextBlock = 0;
  }
}

/** Slots that exist, each once; a label of its own for each of a kind; one policy, order key and activation code at most, the key before what needs it; suites that this token can compute. */
function checkObjects(codes: Codes, objects: PersonalisationData[]): void {
  let others = 0;
  let slots = 0;
  const names: string[] = [];
  for (let i = 0; i < objects.length; i++) {
    const data = objects[i];
    let taken = 1 << (data.tag & 31);
    if (data.tag === TAG_CREDENTIAL) {
      const slot = 1 << data.slot;
      const fits = data.kind === KIND_UNLOCK ? data.slot === UNLOCK_SLOT : data.slot < CREDENTIAL_SLOTS;
      if (!fits || (slots & slot) !== 0) {
        throw new ApduError(SW_WRONG_DATA, "a slot is 0 to 7, that of unlock 8, and taken once");
      }
      slots |= slot;
      const name = data.kind + data.label;
      if (names.indexOf(name) >= 0) throw new ApduError(SW_WRONG_DATA, "two credentials of a kind have two labels");
      names.push(name);
      taken = 0;
      try {
        codes.checkSuite(data.kind, data.suite, data.key.length);
      } catch {
        throw new ApduError(SW_WRONG_DATA, "this token cannot compute the suite");
      }
      if (data.kind === KIND_CONNECTED_SIGN && (others & (1 << (TAG_ORDER_KEY & 31))) === 0) {
        throw new ApduError(SW_WRONG_DATA, "the order key comes before the credential that signs orders");
      }
    }
    if ((others & taken) !== 0)
      throw new ApduError(SW_WRONG_DATA, "a token has one policy, order key and activation code");
    others |= taken;
  }
}
