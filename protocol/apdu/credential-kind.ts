/** What a customer does with a credential, what kind of order it signs, and the languages of a token: numbers of the personalisation's data objects. */

export const KIND_TIME_CODE = 1;
export const KIND_CHALLENGE = 2;
export const KIND_SIGN = 3;
export const KIND_CONNECTED_SIGN = 4;
/** Its key is two: 32 bytes of the token's, then 32 of the bank's. */
export const KIND_VERIFY_BANK = 5;
/** Gives a locked token its tries back. In no menu, in a slot of its own, and of one suite. */
export const KIND_UNLOCK = 6;
export const UNLOCK_SLOT = 8;
export const UNLOCK_SUITE = "OCRA-1:HOTP-SHA256-8:QN08";
export const KIND_COUNTER_CODE = 7;

/** The templates of otp/order.ts whose fields can be typed. */
export const TEMPLATE_TRANSFER = 1;
export const TEMPLATE_BILL = 2;

export const LANGUAGE_VIETNAMESE = 0;
export const LANGUAGE_ENGLISH = 1;
