/** What a hostile host can make of a bank's commands: frames and APDUs changed at will, with and without a right checksum. */
import fc from "fast-check";
import { wire } from "../../host-tools/crypto/node.ts";
import { encodeCommand } from "../../protocol/apdu/command.ts";
import { orderBody, signOrder } from "../../protocol/apdu/sign-order.ts";
import { encodeFrame, FRAME_COMMAND, FRAME_RESET } from "../../protocol/framing/frame.ts";
import { counterFromNumber } from "../../protocol/otp/counter.ts";
import { encodeOrder } from "../../protocol/otp/order.ts";

/** An order of the bank's, and what comes before its MAC. */
export function orderFor(unixTime: number, nonce = unixTime * 1000): Uint8Array {
  const values = ["482913", "0071000123456", "1500000", "VND", "970436", "NGUYỄN THỊ ÁNH TUYẾT", "Tiền nhà"];
  const fields = values.map((text, i) => ({ tag: i + 1, value: new Uint8Array(Buffer.from(text)) }));
  return orderBody(counterFromNumber(nonce), unixTime + 300, encodeOrder(3, fields));
}

/** SIGN ORDER of an order whose MAC is none of the bank's. */
export const forgedOrder = (unixTime: number): Uint8Array[] =>
  signOrder(orderFor(unixTime), new Uint8Array(16).fill(0x5a)).map(encodeCommand);

const place = fc.double({ min: 0, max: 1, noNaN: true });

/** What is done to bytes, at a place that is a share of their length. */
const mutation = fc.oneof(
  fc.record({ kind: fc.constant("flip" as const), at: place, bit: fc.nat(7) }),
  fc.record({ kind: fc.constant("set" as const), at: place, byte: fc.nat(255) }),
  fc.record({ kind: fc.constant("cut" as const), at: place }),
  fc.record({
    kind: fc.constant("insert" as const),
    at: place,
    bytes: fc.uint8Array({ maxLength: 40 }),
  }),
);
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;
export const mutations = (most: number) => fc.array(mutation, { maxLength: most });

export function mutated(bytes: Uint8Array, changes: readonly Mutation[]): Uint8Array {
  let result = [...bytes];
  for (const one of changes) {
    const at = Math.min(Math.floor(one.at * result.length), Math.max(0, result.length - 1));
    if (one.kind === "flip" && result.length > 0) result[at] ^= 1 << one.bit;
    else if (one.kind === "set" && result.length > 0) result[at] = one.byte;
    else if (one.kind === "cut") result = result.slice(0, at);
    else if (one.kind === "insert") result.splice(at, 0, ...one.bytes);
  }
  return new Uint8Array(result);
}

/** Which of a list, as a share of it. */
export const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

export const hostileFrame = fc.record({
  which: share,
  sequence: fc.nat(255),
  type: fc.oneof({ weight: 9, arbitrary: fc.constant(FRAME_COMMAND) }, fc.constant(FRAME_RESET), fc.nat(255)),
  inside: mutations(4),
  outside: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(mutation, { minLength: 1, maxLength: 3 })),
});
export type HostileFrame = typeof hostileFrame extends fc.Arbitrary<infer T> ? T : never;

/** The text of a frame. @param commands APDUs as a bank sends them */
export function textOf(
  commands: readonly Uint8Array[],
  { which, sequence, type, inside, outside }: HostileFrame,
): string {
  const apdu = mutated(commands[Math.floor(which * commands.length)], inside).subarray(0, 270);
  return wire.toLatin1(mutated(wire.fromLatin1(encodeFrame(wire, sequence, type, apdu)), outside));
}
