/** `--serial`: a token's serial number. */
import { UsageError } from "./usage-error.ts";

/** @throws UsageError for what is none */
export function parseSerial(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,15}$/.test(text)) {
    throw new UsageError(
      `a serial number has 1 to 16 letters, digits, dots, dashes or underscores, not ${JSON.stringify(text)}`,
    );
  }
  return text;
}
