/** What a Pixl.js has, and which parts of the token fit into it. */

/**
 * The interpreter under the bundle, as `boards/PIXLJS.py` of Espruino makes it. There is no USB, and the bundle uses neither I2C nor the
 * serial port.
 */
export const interpreter = {
  board: "PIXLJS",
  version: "2v29.277",
  storage: { address: 0x6d000, bytes: 36864 },
  devices: ["g", "NRF", "SHA1"],
} as const;

/**
 * Names of the Storage files: one image, and no slots for others. They fill it: the journal's two banks are the last two of its nine pages.
 */
export const storage = {
  images: "",
  slotBytes: 0,
  loose: "ochre.img",
  boot: ".boot0",
  fonts: "ochre.fnt",
  journal: "ochre.jnl",
  journalBytes: 8192,
  full: true,
} as const;

/** Of a bundle, in bytes: seven pages hold it, the fonts, the sentences and four headers. */
export const bundleLimit = 22528;

/** No customer should be given one: see README.md. */
export const experimental = true;

/** Two bytes that diversify keys, if such a token ever has any. */
export const model = 0x0003;

export const display = { controller: "st7567", width: 128, height: 64 } as const;

/** There is no clock chip. */
export const clock = undefined;

/** There is no buzzer. */
export const sound = undefined;

/** Pins by the interpreter's names: UP and DOWN to the left of the display, CLEAR and OK to its right. They are high while pressed. */
export const keypad = {
  pins: ["BTN1", "BTN4", "BTN3", "BTN2"],
  down: "high",
  legend: "UP DOWN OK CLEAR",
} as const;

/** Those without digits of double height. */
export const fonts = ["6x13", "digits"] as const;

/** Modules of the token in place of which it has narrower ones: codes by counter alone, no time, SHA-256 without SHA-512. */
export const instead = {
  "firmware/core/codes.part.ts": "firmware/core/counted-codes.part.ts",
  "firmware/core/codes.ts": "firmware/core/counted-codes.ts",
  "firmware/core/clock-guard.ts": "firmware/core/no-clock.ts",
  "firmware/crypto/sha2-constants.ts": "firmware/crypto/sha256-constants.ts",
} as const;
