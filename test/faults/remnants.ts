/** What is left of a secret where it should be gone: any few bytes of it in a row, in each form that a program may have given it. */

/** A secret's bytes, and its name for whoever finds some of them. */
export interface Secret {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** How many bytes in a row are a part of it; 4 where nothing is said. */
  readonly window?: number;
}

const WINDOW = 4;

/** The forms of such bytes that are looked for. */
function forms(window: Buffer): Record<string, Buffer> {
  const hex = window.toString("hex");
  return {
    bytes: window,
    "bytes of a word, the lowest first":
      window.length % 4 === 0 ? Buffer.from(window).swap32() : Buffer.from(window.toReversed()),
    "two to a character": Buffer.from([...window].flatMap((byte) => [byte, 0])),
    "hexadecimal digits": Buffer.from(hex),
    "hexadecimal capitals": Buffer.from(hex.toUpperCase()),
  };
}

/** Where any part of a secret lies in a memory: one line for each, none where it is clean. */
export function remnants(memory: Uint8Array, secrets: readonly Secret[]): string[] {
  const cells = Buffer.from(memory.buffer, memory.byteOffset, memory.length);
  const found: string[] = [];
  for (const { name, bytes, window: size = WINDOW } of secrets) {
    for (let from = 0; from + size <= bytes.length; from++) {
      const window = Buffer.from(bytes.subarray(from, from + size));
      for (const [form, pattern] of Object.entries(forms(window))) {
        const at = cells.indexOf(pattern);
        if (at >= 0) found.push(`${name}, bytes ${from} to ${from + size - 1}, as ${form} at 0x${at.toString(16)}`);
      }
    }
  }
  return found;
}

/** A PIN as a program may hold it: its ASCII digits, and their values. */
export function secretsOfPin(pin: string): Secret[] {
  return [
    { name: "PIN in ASCII", bytes: Buffer.from(pin) },
    { name: "PIN as numbers", bytes: Buffer.from([...pin].map(Number)) },
  ];
}

/**
 * A copy of a memory without the numbers that stood on the display, which are no secret: of so many, four digits of a PIN stand somewhere
 * by chance.
 * @param texts as the display had them, digits in groups among them
 */
export function withoutShown(memory: Uint8Array, texts: Iterable<string>): Uint8Array {
  const cells = Buffer.from(memory);
  for (const text of texts) {
    for (const [number] of text.matchAll(/\d[\d ,.]*\d/g)) {
      for (const digits of [number, number.replaceAll(/\D/g, ""), ...number.split(/\D/)]) {
        if (digits.length < WINDOW) continue;
        for (let at = cells.indexOf(digits); at >= 0; at = cells.indexOf(digits, at))
          cells.fill(0, at, at + digits.length);
      }
    }
  }
  return cells;
}
