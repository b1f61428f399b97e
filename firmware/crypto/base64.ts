declare const atob: (base64: string) => string;
declare const E: { toUint8Array(text: string): Uint8Array };

/** A table as it stands in a bundle; a fresh array, in one piece and at the beginning of its buffer. */
export const bytesOfBase64 = function (base64: string): Uint8Array {
  return new Uint8Array(E.toUint8Array(atob(base64)));
};
