/**
 * What a hostile host can put on the line: frames and commands like a desk's, changed at will, with and without a right checksum. The
 * token answers in whole frames or not at all, goes on, and remembers nothing new but how many sessions were begun.
 * `npm run fuzz -- mutated-frames --runs 10000` sends a million.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bootToken } from "../../emulator/testing/token.ts";
import { SEQUENCE } from "../../firmware/core/entries.ts";
import { wire } from "../../host-tools/crypto/node.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { encodeCommand } from "../../protocol/apdu/command.ts";
import { getData, TAG_TOKEN_INFORMATION } from "../../protocol/apdu/get-data.ts";
import { encodeFrame, FRAME_COMMAND, FRAME_RESET } from "../../protocol/framing/frame.ts";
import { FrameReader } from "../../protocol/framing/frame-reader.ts";
import { remembered } from "../faults/cut-points.ts";
import { type Bank, builtBundle, memoryTransport, openBank } from "./bank.ts";

const SERIAL = "OC-MUTATED-1";
const FRAMES_IN_A_RUN = 100;
/** Milliseconds after each frame: more than a command takes. */
const PAUSE_MS = 5;

let bank: Bank;
let issued: Uint8Array;
/** Command APDUs as a desk sends them, secured ones among them. */
const commands: Uint8Array[] = [];
beforeAll(async () => {
  bank = await openBank();
  const token = await bank.token(SERIAL);
  const receive = token.machine.receive.bind(token.machine);
  const reader = new FrameReader(wire);
  token.machine.receive = (text) => {
    for (const { type, payload } of reader.push(text)) if (type === FRAME_COMMAND) commands.push(payload.slice());
    receive(text);
  };
  await bank.provision(memoryTransport(token));
  issued = token.machine.flashDump();
});
afterAll(() => bank.close());

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

function mutated(bytes: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  let result = [...bytes];
  for (const one of mutations) {
    const at = Math.min(Math.floor(one.at * result.length), Math.max(0, result.length - 1));
    if (one.kind === "flip" && result.length > 0) result[at] ^= 1 << one.bit;
    else if (one.kind === "set" && result.length > 0) result[at] = one.byte;
    else if (one.kind === "cut") result = result.slice(0, at);
    else if (one.kind === "insert") result.splice(at, 0, ...one.bytes);
  }
  return new Uint8Array(result);
}

const sent = fc.record({
  /** Which command, as a share of the list. */
  which: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  sequence: fc.nat(255),
  type: fc.oneof({ weight: 9, arbitrary: fc.constant(FRAME_COMMAND) }, fc.constant(FRAME_RESET), fc.nat(255)),
  inside: fc.array(mutation, { maxLength: 4 }),
  outside: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(mutation, { minLength: 1, maxLength: 3 })),
});

test("no frame and no command that a host makes up stops the token, or changes what it remembers", async () => {
  const { enc, mac, dek } = laboratoryTransportKeys(SERIAL);
  const built = await builtBundle();
  await fc.assert(
    fc.asyncProperty(fc.array(sent, { minLength: 1, maxLength: FRAMES_IN_A_RUN, size: "max" }), async (frames) => {
      const install = { serial: SERIAL, keyVersion: 1, enc, mac, dek };
      await using token = await bootToken({ ...built, port: false, flash: issued, install, unixTime: 2_000_000_000 });
      const picture = token.text();
      let heard = "";
      token.machine.onTransmit = (text) => {
        heard += text;
      };
      for (const { which, sequence, type, inside, outside } of frames) {
        const apdu = mutated(commands[Math.floor(which * commands.length)], inside).subarray(0, 270);
        const frame = wire.fromLatin1(encodeFrame(wire, sequence, type, apdu));
        token.machine.receive(wire.toLatin1(mutated(frame, outside)));
        token.advance({ ms: PAUSE_MS });
      }
      const reader = new FrameReader(wire);
      reader.push(heard);
      expect(reader.dropped).toBe(0);
      // It goes on: to a host that asks, and to its customer.
      heard = "";
      token.machine.receive(encodeFrame(wire, 1, FRAME_RESET, new Uint8Array(0)));
      token.machine.receive(encodeFrame(wire, 2, FRAME_COMMAND, encodeCommand(getData(TAG_TOKEN_INFORMATION))));
      token.advance({ ms: PAUSE_MS });
      expect(heard).toContain("OC-MUTATED-1");
      expect(token.text()).toBe(picture);
      const [before, after] = [remembered(issued), remembered(token.machine.flashDump())];
      expect({ ...after, [SEQUENCE]: "" }).toEqual({ ...before, [SEQUENCE]: "" });
    }),
  );
});
