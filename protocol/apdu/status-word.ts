/** Status words (ISO/IEC 7816-4 5.1.3 and GlobalPlatform Card Specification 11.1.3) as this project uses them. */

export const SW_OK = 0x9000;
export const SW_AUTHENTICATION_FAILED = 0x6300;
/** Nothing has changed in the memory: what computes here failed its test. */
export const SW_EXECUTION_ERROR = 0x6400;
export const SW_MEMORY_FAILURE = 0x6581;
export const SW_WRONG_LENGTH = 0x6700;
export const SW_SECURITY_STATUS_NOT_SATISFIED = 0x6982;
export const SW_AUTHENTICATION_BLOCKED = 0x6983;
export const SW_CONDITIONS_NOT_SATISFIED = 0x6985;
export const SW_INCORRECT_SECURE_MESSAGING = 0x6988;
export const SW_WRONG_DATA = 0x6a80;
export const SW_FUNCTION_NOT_SUPPORTED = 0x6a81;
export const SW_NOT_ENOUGH_MEMORY = 0x6a84;
export const SW_INCORRECT_P1_P2 = 0x6a86;
export const SW_REFERENCED_DATA_NOT_FOUND = 0x6a88;
/** ISO has "file already exists": an image whose version is not above the token's. */
export const SW_VERSION_NOT_HIGHER = 0x6a89;
export const SW_INSTRUCTION_NOT_SUPPORTED = 0x6d00;
export const SW_CLASS_NOT_SUPPORTED = 0x6e00;
export const SW_NO_PRECISE_DIAGNOSIS = 0x6f00;
/** PUT KEY (Card Specification 11.8.3.2) */
export const SW_INVALID_KEY_CHECK_VALUE = 0x9485;

/**
 * Whether the secure channel protects a response with this status word: 9000 and the warnings 62xx and 63xx. Any other is an error,
 * which travels bare (Amendment D 6.2.5).
 */
export function isProtectedStatus(statusWord: number): boolean {
  const sw1 = statusWord >> 8;
  return statusWord === SW_OK || sw1 === 0x62 || sw1 === 0x63;
}

/** The status word in words, for people and logs on the host. */
export function statusWordText(statusWord: number): string {
  const texts: Record<number, string> = {
    [SW_OK]: "done",
    [SW_AUTHENTICATION_FAILED]: "authentication of the host cryptogram failed",
    [SW_EXECUTION_ERROR]: "its self-test failed, so it needs repair",
    [SW_MEMORY_FAILURE]: "memory failure",
    [SW_WRONG_LENGTH]: "wrong length",
    [SW_SECURITY_STATUS_NOT_SATISFIED]: "security status not satisfied",
    [SW_AUTHENTICATION_BLOCKED]: "authentication method blocked",
    [SW_CONDITIONS_NOT_SATISFIED]: "conditions of use not satisfied",
    [SW_INCORRECT_SECURE_MESSAGING]: "incorrect secure messaging data objects",
    [SW_WRONG_DATA]: "incorrect parameters in the data field",
    [SW_FUNCTION_NOT_SUPPORTED]: "function not supported",
    [SW_NOT_ENOUGH_MEMORY]: "not enough memory space",
    [SW_INCORRECT_P1_P2]: "incorrect parameters P1-P2",
    [SW_REFERENCED_DATA_NOT_FOUND]: "referenced data not found",
    [SW_VERSION_NOT_HIGHER]: "the firmware's version is not above the token's",
    [SW_INSTRUCTION_NOT_SUPPORTED]: "instruction not supported",
    [SW_CLASS_NOT_SUPPORTED]: "class not supported",
    [SW_NO_PRECISE_DIAGNOSIS]: "no precise diagnosis",
    [SW_INVALID_KEY_CHECK_VALUE]: "invalid key check value",
  };
  const hex = (0x10000 + statusWord).toString(16).slice(1).toUpperCase();
  const text = texts[statusWord];
  return text === undefined ? `status word ${hex}` : `${text} (${hex})`;
}
