/**
 * What the journal of a token without a host's line begins with: it is issued where it is made. Whoever installs such a token runs this,
 * the token itself does not: its bundle has no room for what happens once.
 */
import type { Wire } from "../../protocol/primitives.ts";
import { readSuite } from "./counted-codes.ts";
import type { CredentialData } from "./credential.ts";
import { POLICY, SERIAL } from "./entries.ts";
import { type Entry, JournalError } from "./journal.ts";
import { credentialEntries } from "./vault.ts";

export interface IssuePolicy {
  /** Wrong PINs that lock the token, for good: 1 to 10. */
  readonly pinTries: number;
  /** Seconds without a key after which the display goes dark: 10 to 600. */
  readonly autoOffSeconds: number;
  /** 0 Vietnamese, 1 English. */
  readonly language: 0 | 1;
}

/**
 * The entries of an issued token, whose customer has not set a PIN yet. They hold the seeds in clear, as the flash does until then: the
 * caller overwrites them.
 *
 * @param serial 1 to 16 characters of ASCII
 * @param credentials counter codes over SHA-1 or SHA-256, and challenges of the suite that `counted-codes.ts` reads
 * @param seeds one for each credential, 16 to 64 bytes
 * @throws JournalError or OtpError for what such a token can't be
 */
export function issuedEntries(
  wire: Wire,
  serial: string,
  policy: IssuePolicy,
  credentials: readonly CredentialData[],
  seeds: readonly Uint8Array[],
): Entry[] {
  if (!/^[\x21-\x7e]{1,16}$/.test(serial)) throw new JournalError("a serial number has 1 to 16 characters of ASCII");
  const { pinTries, autoOffSeconds, language } = policy;
  if (!(pinTries >= 1 && pinTries <= 10)) throw new JournalError(`a PIN has 1 to 10 tries, not ${pinTries}`);
  if (!(autoOffSeconds >= 10 && autoOffSeconds <= 600))
    throw new JournalError(`a token goes dark after 10 to 600 seconds, not ${autoOffSeconds}`);
  if (credentials.length === 0 || credentials.length !== seeds.length)
    throw new JournalError(`a token has a seed for each credential, not ${seeds.length} for ${credentials.length}`);
  for (const [i, { kind, suite, label }] of credentials.entries()) {
    if (credentials.slice(0, i).some((other) => other.kind === kind && other.label === label))
      throw new JournalError(`two credentials of a kind have two labels, not ${JSON.stringify(label)} twice`);
    if (label.length > 16) throw new JournalError(`a label has up to 16 characters, not ${label.length}`);
    const { hash } = readSuite(kind, suite, wire.fromLatin1(suite));
    if (hash === "sha512") throw new JournalError(`${suite}: this token has SHA-1 and SHA-256`);
    if (!(seeds[i].length >= 16 && seeds[i].length <= 64))
      throw new JournalError(`a seed has 16 to 64 bytes, not ${seeds[i].length}`);
  }
  return [
    { id: SERIAL, value: wire.fromLatin1(serial) },
    { id: POLICY, value: new Uint8Array([pinTries, autoOffSeconds >> 8, autoOffSeconds, language, 0, 0]) },
    ...credentialEntries({ wire }, [...credentials], [...seeds]),
  ].filter(({ value }) => value.length > 0);
}
