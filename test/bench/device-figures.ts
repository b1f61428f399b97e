/** What is measured on a board, and the bars that it must hold. */

/** Whence the arithmetic comes: the machine code of firmware/native/, or TypeScript where that is not installed. */
export type Provider = "thumb" | "typescript";
export const providers: readonly Provider[] = ["typescript", "thumb"];

export interface Figure {
  name: string;
  unit: "ms" | "rounds" | "JsVars" | "bytes";
  /** Most milliseconds that it may take, by provider. */
  bars?: Partial<Record<Provider, number>>;
}

/** In the order in which they are shown. */
export const figures = {
  boot: { name: "power on to first picture", unit: "ms" },
  bootAfterHandOver: { name: "the same from Espruino's hand-over", unit: "ms", bars: { thumb: 600 } },
  digit: { name: "first digit of a PIN", unit: "ms" },
  menu: { name: "PIN to menu", unit: "ms", bars: { thumb: 700 } },
  codeSha1: { name: "menu to time code, SHA-1", unit: "ms", bars: { thumb: 100, typescript: 450 } },
  codeSha256: { name: "menu to time code, SHA-256", unit: "ms", bars: { typescript: 800 } },
  codeSha512: { name: "menu to time code, SHA-512", unit: "ms" },
  challenge: { name: "challenge confirmed to code", unit: "ms", bars: { thumb: 200 } },
  sign: { name: "order confirmed to code", unit: "ms", bars: { thumb: 200 } },
  connected: { name: "bank's order confirmed to code", unit: "ms", bars: { thumb: 200 } },
  connectedAnswer: { name: "its signature to the host", unit: "ms" },
  totpSha1: { name: "TOTP with SHA-1 alone", unit: "ms", bars: { thumb: 20 } },
  totpSha256: { name: "TOTP with SHA-256 alone", unit: "ms" },
  totpSha512: { name: "TOTP with SHA-512 alone", unit: "ms" },
  ocraChallenge: { name: "OCRA challenge alone (QN10)", unit: "ms" },
  ocraSign: { name: "OCRA signature alone (QH64)", unit: "ms", bars: { thumb: 200 } },
  ocraConnected: { name: "OCRA signature alone (QH64, whole HMAC)", unit: "ms", bars: { thumb: 200 } },
  rounds: { name: "PBKDF2-HMAC-SHA256 in 500 ms", unit: "rounds" },
  pinRounds: { name: "PBKDF2-HMAC-SHA256 for a PIN", unit: "rounds" },
  handshake: { name: "SCP03 handshake", unit: "ms", bars: { typescript: 1500 } },
  personalisation: { name: "personalisation of four credentials", unit: "ms", bars: { thumb: 3000 } },
  personalisationWithHost: { name: "the same with its host's pauses", unit: "ms" },
  varsEvaluated: { name: "JsVars with the bundle evaluated", unit: "JsVars" },
  varsStarted: { name: "JsVars with the token started on a cable", unit: "JsVars" },
  varsHome: { name: "JsVars of an issued token without a cable", unit: "JsVars" },
  varsOpen: { name: "JsVars with its four credentials open", unit: "JsVars" },
  bundleBytes: { name: "bundle", unit: "bytes" },
  fontBytes: { name: "fonts", unit: "bytes" },
  nativeBytes: { name: "machine code", unit: "bytes" },
  journalBytes: { name: "journal", unit: "bytes" },
  bootBytes: { name: "boot file", unit: "bytes" },
} satisfies Record<string, Figure>;

export type FigureId = keyof typeof figures;
export type Figures = Record<FigureId, number>;

export const figureIds = Object.keys(figures) as FigureId[];

/**
 * Milliseconds of `@noble/hashes` 2.4, measured on the same image, for the picture: one HMAC-SHA1 and one HMAC-SHA256 of 8 bytes, one
 * HMAC-SHA256 of an OCRA input of 173 bytes.
 */
export const nobleBaseline: Partial<Record<FigureId, number>> = { totpSha1: 1136, totpSha256: 1712, ocraSign: 2433 };

/** The bar of a figure; undefined where none is set. */
export function barOf(id: FigureId, provider: Provider): number | undefined {
  const { bars }: Figure = figures[id];
  return bars?.[provider];
}

/** What was measured on a board with a provider. */
export interface DeviceRun {
  board: string;
  provider: Provider;
  figures: Figures;
}

/** What all runs were measured on. */
export interface DeviceBench {
  /** Version that Espruino gives itself. */
  espruino: string;
  /** The first twelve digits of the SHA-256 of its image. */
  image: string;
  /** Day of the measurement, `YYYY-MM-DD`. */
  date: string;
  runs: DeviceRun[];
}
