/** Printable ASCII, 20 to 7E: the only text in a data object. */
import { ApduError } from "./apdu-error.ts";
import { SW_WRONG_DATA } from "./status-word.ts";

/** @throws ApduError for an empty text, more than `max` characters, or a character that is not printable ASCII */
export function asciiBytes(text: string, max: number): Uint8Array {
  if (text.length === 0 || text.length > max) throw new ApduError(SW_WRONG_DATA, `A text has 1 to ${max} characters`);
  checkPrintable(text);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** @param bytes at most 256, as many as the token's interpreter takes for arguments @throws ApduError for a byte that is not printable ASCII */
export function asciiText(bytes: Uint8Array): string {
  const text = String.fromCharCode.apply(null, bytes as unknown as number[]);
  if (text.length > 0) checkPrintable(text);
  return text;
}

/** By a regular expression, which is native: a look at each character costs the token's interpreter half a millisecond. */
function checkPrintable(text: string): void {
  if (!/^[ -~]+$/.test(text)) throw new ApduError(SW_WRONG_DATA, "A text has printable ASCII characters only");
}
