/** The entries of the token's journal: their identifiers and what their values are. Numbers are big-endian. */

/** Serial number: 1 to 16 ASCII characters. */
export const SERIAL = 1;
/** Static SCP03 keys: key version (1) | K-ENC (16) | K-MAC (16) | DEK (16). */
export const KEYS = 2;
/** SCP03 sequence counter (3) of the last session begun. */
export const SEQUENCE = 3;
/** Issuer's policy: PIN try limit (1) | auto-off in seconds (2) | language (1), 0 Vietnamese, 1 English | days for which the clock is believed (2), 0 for ever. */
export const POLICY = 4;
/** Seal of the PIN: rounds (4) | salt (16) | check (1 or 16). Absent until the customer has set a PIN. */
export const PIN = 5;
/** Tries used since the last right PIN or, before there is one, activation code (1). */
export const TRIES = 6;
/** High-water mark of time: the latest Unix time that a code was computed for, or the clock was set to (8). */
export const CLOCK_MARK = 7;
/** What the customer chose: language (1), 0 Vietnamese, 1 English | 1 for the accessible mode (1). Absent: what the issuer's policy says. */
export const PREFERENCES = 8;
/** K of the PIN for a customer who has forgotten it, see recovery.ts: salt (16) | K, masked (32). On boards with a device root alone. */
export const RECOVERY = 10;
/** Activation code: Unix time from which it is refused (8) | its seal as a PIN's, check (4). Absent unless one is awaited. */
export const ACTIVATION = 11;
/** Key of the unlock credential, which no PIN masks: the PIN is what is lost. Absent on a token that only the desk unlocks. */
export const UNLOCK_KEY = 12;
/** Key of the bank's orders (16). Absent on a token without connected sign. */
export const ORDER_KEY = 13;
/** Highest nonce of the bank's orders that was taken (8). */
export const ORDER_MARK = 14;
/** Unlocking: wrong answers (1) | Unix time of the last (8) | challenge made at (8) | challenge (8); the first two alone once it is spent. */
export const UNLOCK = 15;
/** Codes of the bank that were wrong, one after the other (1), and the Unix time of the last one (8). Absent after a right one. */
export const BANK_TRIES = 9;
/** Counter of the next code of slot n at COUNTER + n (8). Absent until the first one. */
export const COUNTER = 24;
/** Credential of slot n at CREDENTIAL + n: kind (1) | suite length (1) | suite | label length (1) | label | parameters length (1) | parameters | PIN session in seconds (2), 0 for none | key, masked once a PIN is set. */
export const CREDENTIAL = 16;
/** Slots 0 to 7. */
export const CREDENTIAL_SLOTS = 8;
/** Unix time from which the clock is not believed (8): the policy's days after a session set it last. Absent where the policy says none. */
export const CLOCK_END = 32;
/** The last time that a session set the clock, as `encodeClockHistory` of protocol/apdu/clock-history.ts has it. */
export const CLOCK_HISTORY = 33;
