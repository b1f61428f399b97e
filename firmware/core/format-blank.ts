/** The first entries of a token's journal. */
import { type Entry, JournalError } from "./journal.ts";
import { BLANK, type Token } from "./token.ts";

/** @throws JournalError when the token has a journal already */
export function formatBlank(token: Token, entries: Entry[]): void {
  if (token.state() !== BLANK) throw new JournalError("this token is installed already");
  token.journal.format(entries);
}
