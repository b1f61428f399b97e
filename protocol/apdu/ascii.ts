/** Printable ASCII, 20 to 7E: the only text in a data object. */
import { ApduError } from "./apdu-error.ts";
import { SW_WRONG_DATA } from "./status-word.ts";

/** @throws ApduError for an empty text, more than `max` characters, or a character that is not printable ASCII */
export function asciiBytes(text: string, max: number): Uint8Array {
  const bytes = new Uint8Array(text.length > max ? 0 : text.length);
  for (let i = 0; i < bytes.length; i++) {
    const code = text.charCodeAt(i);
    // Checked here too: a character beyond U+00FF would be cut to a byte.
    if (code < 0x20 || code > 0x7e) throw new ApduError(SW_WRONG_DATA, "A text has printable ASCII characters only");
    bytes[i] = code;
  }
  if (bytes.length === 0) throw new ApduError(SW_WRONG_DATA, `A text has 1 to ${max} characters`);
  return bytes;
}

/** @throws ApduError for a byte that is not printable ASCII */
export function asciiText(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] < 0x20 || bytes[i] > 0x7e)
      throw new ApduError(SW_WRONG_DATA, "A text has printable ASCII characters only");
    text += String.fromCharCode(bytes[i]);
  }
  return text;
}
