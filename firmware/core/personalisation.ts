/** What was stored becomes what the token is, in one step of the journal: all of it, or new keys for a token that is issued. */
import { ApduError } from "../../protocol/apdu/apdu-error.ts";
import { KIND_UNLOCK } from "../../protocol/apdu/credential-kind.ts";
import {
  type PersonalisationData,
  TAG_ACTIVATION,
  TAG_ORDER_KEY,
  TAG_POLICY,
} from "../../protocol/apdu/personalisation-data.ts";
import { SW_CONDITIONS_NOT_SATISFIED } from "../../protocol/apdu/status-word.ts";
import type { CredentialData } from "./credential.ts";
import { BANK_TRIES, COUNTER, CREDENTIAL_SLOTS, ORDER_KEY, POLICY, UNLOCK_KEY } from "./entries.ts";
import type { Entry } from "./journal.ts";
import type { SetClock } from "./set-clock.ts";
import type { StagedKeys } from "./staged-keys.ts";
import { ISSUED, type Token } from "./token.ts";
import { credentialEntries } from "./vault.ts";

const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * With a policy and credentials a personalisation, with keys alone a rotation.
 * @throws ApduError for anything else; nothing has changed then
 */
export function personalise(token: Token, staged: StagedKeys, clock: SetClock, objects: PersonalisationData[]): void {
  const credentials: CredentialData[] = [];
  const keys: Uint8Array[] = [];
  let policy = NOTHING;
  let orderKey = NOTHING;
  let days = 0;
  let code = NOTHING;
  let end = 0;
  let unlockKey = NOTHING;
  for (let i = 0; i < objects.length; i++) {
    const data = objects[i];
    if (data.tag === TAG_POLICY) {
      const seconds = data.autoOffSeconds;
      if (data.clockDays !== undefined) days = data.clockDays;
      policy = new Uint8Array([data.pinTryLimit, seconds >> 8, seconds, data.language, days >> 8, days]);
    } else if (data.tag === TAG_ORDER_KEY) orderKey = data.key;
    else if (data.tag === TAG_ACTIVATION) {
      code = data.code;
      end = data.end;
    } else if (data.kind === KIND_UNLOCK) unlockKey = data.key;
    else {
      credentials.push(data);
      keys.push(data.key);
    }
  }
  if (policy.length === 0 && credentials.length === 0 && code.length === 0) {
    rotate(token, staged, orderKey, unlockKey);
    return;
  }
  if (policy.length === 0 || credentials.length === 0 || token.board.clock.lostPower()) {
    throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "a personalisation has a policy, a credential and the time");
  }
  const entries = credentialEntries(token.board, credentials, keys);
  entries.push({ id: UNLOCK_KEY, value: unlockKey });
  if (code.length > 0) token.vault.awaitActivation(entries, code, end);
  entries.push({ id: POLICY, value: policy });
  entries.push({ id: ORDER_KEY, value: orderKey });
  entries.push({ id: BANK_TRIES, value: NOTHING });
  for (let slot = 0; slot < CREDENTIAL_SLOTS; slot++) entries.push({ id: COUNTER + slot, value: NOTHING });
  staged.commit(entries.concat(clock.entries(days)));
}

/** All of the issuer's keys change together: the version in the token information is that of each. What has no place here is dropped. */
function rotate(token: Token, staged: StagedKeys, orderKey: Uint8Array, unlockKey: Uint8Array): void {
  const journal = token.journal;
  if (!staged.inSession || token.state() < ISSUED) {
    throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "keys alone replace those of an issued token, after PUT KEY");
  }
  const entries: Entry[] = [];
  const recovery = token.recovery;
  if (recovery !== undefined && unlockKey.length > 0) recovery.rekey(journal, entries, unlockKey);
  const others = [
    { id: ORDER_KEY, value: orderKey },
    { id: UNLOCK_KEY, value: unlockKey },
  ];
  for (let i = 0; i < others.length; i++) {
    const held = journal.get(others[i].id);
    if (held === undefined) continue;
    held.fill(0);
    if (others[i].value.length === 0) {
      throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "all of the issuer's keys change together");
    }
    entries.push(others[i]);
  }
  staged.commit(entries);
}
