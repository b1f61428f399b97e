/**
 * One frame on the wire:
 *
 *     END | SLIP( sequence (1) | type (1) | payload (0..282) | CRC-32 (4, little-endian) ) | END
 *
 * The CRC (IEEE 802.3) covers sequence, type and payload. It finds transmission errors; who may speak is the secure channel's concern.
 */
import { copyBytes } from "../copy-bytes.ts";
import type { Wire } from "../primitives.ts";
import { END, slipDecode, slipEncode } from "./slip.ts";

/** Payload: one command APDU (ISO 7816-4). */
export const FRAME_COMMAND = 0x01;
/** Payload: the response APDU to the command of the same sequence number. */
export const FRAME_RESPONSE = 0x02;
/** No payload. Ends the session and forgets the last response. */
export const FRAME_RESET = 0x10;
/** No payload. Answers RESET under its sequence number. */
export const FRAME_RESET_ACK = 0x11;

/** Bytes of a frame before SLIP, at most. */
export const MAX_FRAME = 288;
const OVERHEAD = 6;
export const MAX_PAYLOAD = MAX_FRAME - OVERHEAD;
/** Characters between two ENDs, at most: every byte escaped. */
export const MAX_ESCAPED = 2 * MAX_FRAME;

export interface Frame {
  readonly sequence: number;
  readonly type: number;
  readonly payload: Uint8Array;
  /** As it was received and checked: with the sequence number it tells a repeated request from a new one. */
  readonly crc: number;
}

/** What was to be sent fits no frame. */
export class FrameError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "FrameError";
  }
}

/**
 * A frame as the characters to send.
 * @param sequence 0 to 255
 * @param type 0 to 255
 * @param payload at most 282 bytes
 * @throws FrameError
 */
export function encodeFrame(wire: Wire, sequence: number, type: number, payload: Uint8Array): string {
  if (payload.length > MAX_PAYLOAD)
    throw new FrameError(`A payload has ${MAX_PAYLOAD} bytes at most, not ${payload.length}`);
  if ((sequence & 0xff) !== sequence || (type & 0xff) !== type)
    throw new FrameError("Sequence and type are one byte each");
  const bytes = new Uint8Array(payload.length + OVERHEAD);
  const end = bytes.length - 4;
  bytes[0] = sequence;
  bytes[1] = type;
  bytes.set(payload, 2);
  const crc = wire.crc32(bytes.subarray(0, end));
  bytes[end] = crc;
  bytes[end + 1] = crc >>> 8;
  bytes[end + 2] = crc >>> 16;
  bytes[end + 3] = crc >>> 24;
  // The END in front flushes whatever noise the line had collected.
  return END + slipEncode(wire.toLatin1(bytes)) + END;
}

/** The frame that stood between two ENDs, or `undefined` for anything that is none. */
export function decodeFrame(wire: Wire, escaped: string): Frame | undefined {
  const text = slipDecode(escaped);
  if (text === undefined || text.length < OVERHEAD || text.length > MAX_FRAME) return undefined;
  const bytes = wire.fromLatin1(text);
  const end = bytes.length - 4;
  const crc = (bytes[end] | (bytes[end + 1] << 8) | (bytes[end + 2] << 16) | (bytes[end + 3] << 24)) >>> 0;
  if (wire.crc32(bytes.subarray(0, end)) !== crc) return undefined;
  return { sequence: bytes[0], type: bytes[1], payload: copyBytes(bytes, 2, end), crc };
}
