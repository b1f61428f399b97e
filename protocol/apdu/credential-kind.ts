/** What a customer does with a credential, and the languages of a token: numbers of the personalisation's data objects. */

export const KIND_TIME_CODE = 1;
export const KIND_CHALLENGE = 2;

export const LANGUAGE_VIETNAMESE = 0;
export const LANGUAGE_ENGLISH = 1;
