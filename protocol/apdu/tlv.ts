/**
 * BER-TLV data objects (ISO/IEC 7816-4 5.2.2): tags of one or two bytes, lengths up to 65,535. What is read must be written in the
 * shortest way, so that each object has exactly one encoding.
 */
import { ApduError } from "./apdu-error.ts";
import { SW_WRONG_DATA } from "./status-word.ts";

export interface Tlv {
  /** 0x80 or 0xDF20: the tag's bytes as a number */
  readonly tag: number;
  readonly value: Uint8Array;
}

/** @throws ApduError for a tag that this encoding does not have, or a value of more than 65,535 bytes */
export function encodeTlv(tag: number, value: Uint8Array): Uint8Array {
  const length = value.length;
  const first = tag > 0xff ? tag >> 8 : tag;
  if (
    (tag & 0xffff) !== tag ||
    first === 0 ||
    (tag > 0xff ? (first & 0x1f) !== 0x1f || (tag & 0xff) < 0x1f || (tag & 0x80) !== 0 : (first & 0x1f) === 0x1f)
  ) {
    throw new ApduError(SW_WRONG_DATA, `${tag} is no tag of one or two bytes`);
  }
  if (length > 0xffff) throw new ApduError(SW_WRONG_DATA, `A value has 65535 bytes at most, not ${length}`);
  const header = [];
  if (tag > 0xff) header.push(first);
  header.push(tag & 0xff);
  if (length > 0xff) header.push(0x82, length >> 8);
  else if (length > 0x7f) header.push(0x81);
  header.push(length & 0xff);
  const bytes = new Uint8Array(header.length + length);
  bytes.set(header);
  bytes.set(value, header.length);
  return bytes;
}

/**
 * The objects that fill `bytes`, one after another. Values are views of `bytes`, not copies.
 * @throws ApduError (6A80)
 */
export function parseTlv(bytes: Uint8Array): Tlv[] {
  const objects: Tlv[] = [];
  const end = bytes.length;
  let at = 0;
  while (at < end) {
    let tag = bytes[at++];
    if (tag === 0) throw new ApduError(SW_WRONG_DATA, "A tag is not 00");
    if ((tag & 0x1f) === 0x1f) {
      const second = at < end ? bytes[at++] : 0;
      if (second < 0x1f || second > 0x7f)
        throw new ApduError(SW_WRONG_DATA, "A tag has one or two bytes, in the shortest form");
      tag = (tag << 8) | second;
    }
    let length = at < end ? bytes[at++] : -1;
    if (length === 0x81) {
      length = at < end ? bytes[at++] : -1;
      if (length < 0x80) length = -1;
    } else if (length === 0x82) {
      length = at + 1 < end ? (bytes[at] << 8) | bytes[at + 1] : -1;
      if (length < 0x100) length = -1;
      at += 2;
    } else if (length > 0x7f) length = -1;
    if (length < 0 || length > end - at) {
      throw new ApduError(SW_WRONG_DATA, "A length is in the shortest form and within the data");
    }
    objects.push({ tag, value: bytes.subarray(at, at + length) });
    at += length;
  }
  return objects;
}

/**
 * The value under a tag, or `undefined`.
 * @throws ApduError (6A80) when the tag occurs twice: two readers might choose differently
 */
export function findTlv(objects: Tlv[], tag: number): Uint8Array | undefined {
  let found: Uint8Array | undefined;
  for (let i = 0; i < objects.length; i++) {
    if (objects[i].tag !== tag) continue;
    if (found !== undefined) throw new ApduError(SW_WRONG_DATA, `Tag ${tag.toString(16)} occurs twice`);
    found = objects[i].value;
  }
  return found;
}

/**
 * The value under a tag that must be there with `min` to `max` bytes.
 * @throws ApduError (6A80)
 */
export function requireTlv(objects: Tlv[], tag: number, min: number, max: number): Uint8Array {
  const value = findTlv(objects, tag);
  if (value === undefined || value.length < min || value.length > max) {
    throw new ApduError(SW_WRONG_DATA, `Tag ${tag.toString(16)} is needed with ${min} to ${max} bytes`);
  }
  return value;
}
