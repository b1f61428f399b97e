import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wire } from "../../host-tools/crypto/node.ts";
import {
  encodeFrame,
  FRAME_COMMAND,
  FRAME_RESET,
  FRAME_RESET_ACK,
  FRAME_RESPONSE,
  type Frame,
  FrameError,
  MAX_ESCAPED,
  MAX_PAYLOAD,
} from "../../protocol/framing/frame.ts";
import { FrameReader } from "../../protocol/framing/frame-reader.ts";
import { Requester } from "../../protocol/framing/requester.ts";
import { Responder } from "../../protocol/framing/responder.ts";
import { slipDecode, slipEncode } from "../../protocol/framing/slip.ts";
import { runs } from "../fuzz/runs.ts";

const byte = fc.integer({ min: 0, max: 255 });
// END, ESC and their neighbours turn up often enough to meet each other.
const wireByte = fc.oneof(byte, fc.constantFrom(0xc0, 0xdb, 0xdc, 0xdd));
const bytes = (maxLength: number) => fc.array(wireByte, { maxLength }).map((list) => Uint8Array.from(list));
const text = (maxLength: number) => bytes(maxLength).map(wire.toLatin1);
const frame = fc.record({ sequence: byte, type: byte, payload: bytes(MAX_PAYLOAD) });

function cutAt(whole: string, cuts: number[]): string[] {
  const points = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return points.slice(1).map((point, i) => whole.slice(points[i], point));
}

const seen = (frames: Frame[]) => frames.map(({ sequence, type, payload }) => ({ sequence, type, payload }));
const hex = (value: string) => Buffer.from(value, "latin1").toString("hex");

describe("SLIP (RFC 1055)", () => {
  it("escapes END and ESC as the RFC's table says, and nothing else", () => {
    expect(hex(slipEncode("\x00\xC0\x41\xDB\xDC\xDD\xFF"))).toBe("00dbdc41dbdddcddff");
  });

  it("gives every packet back, and never lets an END through", () => {
    fc.assert(
      fc.property(text(300), (packet) => {
        const escaped = slipEncode(packet);
        expect(escaped).not.toContain("\xC0");
        expect(escaped.length).toBeLessThanOrEqual(2 * packet.length);
        expect(slipDecode(escaped)).toBe(packet);
      }),
    );
  });

  it("accepts of arbitrary text only what it could have written itself", () => {
    fc.assert(
      fc.property(text(12), (escaped) => {
        const packet = slipDecode(escaped);
        if (packet !== undefined) expect(slipEncode(packet)).toBe(escaped);
      }),
      { numRuns: runs(2000) },
    );
  });

  it("refuses an ESC before anything but ESC_END and ESC_ESC, at the end of a packet, and a bare END", () => {
    for (const bad of ["\xDB", "a\xDB", "\xDBa", "\xDB\xDB", "\xDB\xDB\xDC", "\xDB\xC0", "\xC0"])
      expect(slipDecode(bad)).toBeUndefined();
  });
});

describe("a frame", () => {
  it("is sequence, type, payload and the little-endian CRC-32 between two ENDs", () => {
    // The CRC-32 of "123456789" is cbf43926, the check value of the CRC catalogues.
    expect(hex(encodeFrame(wire, 0x31, 0x32, new TextEncoder().encode("3456789")))).toBe(
      "c0" + "313233343536373839" + "2639f4cb" + "c0",
    );
  });

  it("does not take a payload of more than 282 bytes, nor a sequence number of more than a byte", () => {
    expect(() => encodeFrame(wire, 0, 1, new Uint8Array(MAX_PAYLOAD + 1))).toThrow(FrameError);
    expect(() => encodeFrame(wire, 256, 1, new Uint8Array(0))).toThrow(FrameError);
    expect(() => encodeFrame(wire, -1, 1, new Uint8Array(0))).toThrow(FrameError);
    expect(() => encodeFrame(wire, 0, 1.5, new Uint8Array(0))).toThrow(FrameError);
  });

  it("arrives whole however the line cuts it, with any noise in front", () => {
    fc.assert(
      fc.property(
        fc.array(frame, { minLength: 1, maxLength: 4 }),
        text(1500),
        fc.array(fc.nat(), { maxLength: 40 }),
        (sent, noise, cuts) => {
          const line = noise + sent.map((f) => encodeFrame(wire, f.sequence, f.type, f.payload)).join("");
          const reader = new FrameReader(wire);
          const received = cutAt(line, cuts).flatMap((piece) => reader.push(piece));
          expect(seen(received)).toEqual(sent);
        },
      ),
    );
  });

  it("arrives whole one character at a time", () => {
    fc.assert(
      fc.property(frame, (sent) => {
        const reader = new FrameReader(wire);
        const received = [...encodeFrame(wire, sent.sequence, sent.type, sent.payload)].flatMap((c) => reader.push(c));
        expect(seen(received)).toEqual([sent]);
        expect(reader.dropped).toBe(0);
      }),
    );
  });

  it("with one bit turned over is never taken for a frame of its kind", () => {
    fc.assert(
      fc.property(frame, fc.nat(), (sent, position) => {
        const line = Buffer.from(encodeFrame(wire, sent.sequence, sent.type, sent.payload), "latin1");
        const bit = 8 + (position % (8 * (line.length - 2))); // between the two ENDs
        line[bit >> 3] ^= 1 << (bit & 7);
        expect(new FrameReader(wire).push(line.toString("latin1"))).toEqual([]);
      }),
    );
  });
});

describe("the frame reader", () => {
  it("never throws and never holds more than the longest frame, whatever comes in", () => {
    fc.assert(
      fc.property(fc.array(text(900), { maxLength: 8 }), (pieces) => {
        const reader = new FrameReader(wire);
        for (const piece of pieces) {
          reader.push(piece);
          expect((reader as unknown as { pending: string }).pending.length).toBeLessThanOrEqual(MAX_ESCAPED);
        }
      }),
    );
  });

  it("takes the longest frame with every byte escaped, and drops one character more", () => {
    const reader = new FrameReader(wire);
    expect(reader.push(`${"\xDB\xDD".repeat(288)}\xC0`)).toEqual([]); // a wrong CRC, but not too long
    expect(reader.push(`${"x".repeat(MAX_ESCAPED + 1)}\xC0`)).toEqual([]);
    expect(reader.dropped).toBe(2);
  });

  it("holds no more of a packet without END than the longest frame has, however it trickles in", () => {
    const reader = new FrameReader(wire);
    for (let i = 0; i < 1000; i++) {
      reader.push("flood");
      expect((reader as unknown as { pending: string }).pending.length).toBeLessThanOrEqual(MAX_ESCAPED);
    }
  });

  it("drops a packet of more than 288 bytes, though its CRC is right", () => {
    for (const [length, frames] of [
      [MAX_PAYLOAD, 1],
      [MAX_PAYLOAD + 1, 0],
    ]) {
      const body = new Uint8Array(length + 2).fill(1);
      const crc = wire.crc32(body);
      const packet = wire.toLatin1(Uint8Array.of(...body, crc, crc >>> 8, crc >>> 16, crc >>> 24));
      expect(new FrameReader(wire).push(`${slipEncode(packet)}\xC0`)).toHaveLength(frames);
    }
  });

  it("counts a flood without END as one dropped packet, and reads the next frame", () => {
    const reader = new FrameReader(wire);
    for (let i = 0; i < 100; i++) expect(reader.push("flood".repeat(50))).toEqual([]);
    expect(seen(reader.push(encodeFrame(wire, 7, FRAME_COMMAND, Uint8Array.of(1, 2))))).toEqual([
      { sequence: 7, type: FRAME_COMMAND, payload: Uint8Array.of(1, 2) },
    ]);
    expect(reader.dropped).toBe(1);
  });

  it("forgets a half-received packet on reset", () => {
    const reader = new FrameReader(wire);
    const line = encodeFrame(wire, 1, 1, new Uint8Array(4));
    reader.push(line.slice(0, 6));
    reader.reset();
    expect(reader.push(line.slice(6))).toEqual([]);
    expect(seen(reader.push(line))).toHaveLength(1);
  });
});

describe("a token that answers over the line", () => {
  function token() {
    const executed: Uint8Array[] = [];
    let resets = 0;
    const responder: Responder = new Responder(
      wire,
      (command) => {
        executed.push(command);
        if (command[0] === 0xee) responder.dropCache();
        return Uint8Array.of(executed.length, 0x90, 0x00);
      },
      () => resets++,
    );
    return { responder, executed, resets: () => resets };
  }
  const answers = (line: string) => new FrameReader(wire).push(line);

  it("executes a repeated frame once and answers it the same each time, however the repeats are cut", () => {
    fc.assert(
      fc.property(
        bytes(MAX_PAYLOAD),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(), { maxLength: 10 }),
        (command, repeats, cuts) => {
          const { responder, executed } = token();
          const request = new Requester(wire).next(command);
          const out = cutAt(request.repeat(repeats), cuts).map((piece) => responder.receive(piece));
          expect(executed).toEqual([command]);
          const received = answers(out.join(""));
          expect(received).toHaveLength(repeats);
          for (const answer of received) expect(answer).toEqual(received[0]);
        },
      ),
    );
  });

  it("executes the same command again under a new sequence number, and another command under the same one", () => {
    const { responder, executed } = token();
    const command = Uint8Array.of(0x80, 0xca, 0xdf, 0x20);
    responder.receive(encodeFrame(wire, 1, FRAME_COMMAND, command));
    responder.receive(encodeFrame(wire, 2, FRAME_COMMAND, command));
    responder.receive(encodeFrame(wire, 2, FRAME_COMMAND, Uint8Array.of(0x80, 0xca, 0xdf, 0x21)));
    expect(executed).toHaveLength(3);
  });

  it("tells two requests apart by their sequence number even where their CRCs agree", () => {
    const colliding = { ...wire, crc32: () => 0 };
    let executed = 0;
    const responder = new Responder(
      colliding,
      () => Uint8Array.of(++executed, 0x90, 0x00),
      () => {},
    );
    responder.receive(encodeFrame(colliding, 1, FRAME_COMMAND, Uint8Array.of(1)));
    responder.receive(encodeFrame(colliding, 2, FRAME_COMMAND, Uint8Array.of(1)));
    expect(executed).toBe(2);
  });

  it("repeats the last answer only: an older request is executed again", () => {
    const { responder, executed } = token();
    const first = encodeFrame(wire, 1, FRAME_COMMAND, Uint8Array.of(1));
    responder.receive(first);
    responder.receive(encodeFrame(wire, 2, FRAME_COMMAND, Uint8Array.of(2)));
    responder.receive(first);
    expect(executed).toHaveLength(3);
  });

  it("gives no answer of before a RESET, a reset or the end of the session again", () => {
    const request = encodeFrame(wire, 1, FRAME_COMMAND, Uint8Array.of(1));
    const forget: ((responder: Responder) => void)[] = [
      (responder) => responder.receive(encodeFrame(wire, 1, FRAME_RESET, new Uint8Array(0))),
      (responder) => responder.reset(),
      (responder) => responder.dropCache(),
    ];
    for (const how of forget) {
      const { responder, executed } = token();
      responder.receive(request);
      how(responder);
      responder.receive(request);
      expect(executed).toHaveLength(2);
    }
  });

  it("still repeats the answer to the command that ended the session", () => {
    const { responder, executed } = token();
    const request = encodeFrame(wire, 9, FRAME_COMMAND, Uint8Array.of(0xee));
    const answer = responder.receive(request);
    expect(responder.receive(request)).toBe(answer);
    expect(executed).toHaveLength(1);
  });

  it("answers RESET with RESET_ACK under its sequence number and ends the session", () => {
    const { responder, resets } = token();
    const out = answers(responder.receive(encodeFrame(wire, 200, FRAME_RESET, new Uint8Array(0))));
    expect(seen(out)).toEqual([{ sequence: 200, type: FRAME_RESET_ACK, payload: new Uint8Array(0) }]);
    expect(resets()).toBe(1);
  });

  it("says nothing to noise, to responses and to unknown frame types", () => {
    const { responder, executed } = token();
    expect(responder.receive("noise\xC0more\xC0")).toBe("");
    expect(responder.receive(encodeFrame(wire, 1, FRAME_RESPONSE, Uint8Array.of(0x90, 0)))).toBe("");
    expect(responder.receive(encodeFrame(wire, 1, 0x7f, new Uint8Array(0)))).toBe("");
    expect(executed).toEqual([]);
    expect(responder.reader.dropped).toBe(2);
  });
});

describe("a host that asks over the line", () => {
  it("accepts the answer to its outstanding request once, and no other", () => {
    const requester = new Requester(wire);
    const [request] = new FrameReader(wire).push(requester.next(Uint8Array.of(1)));
    const answer = (sequence: number, type: number): Frame => ({
      sequence,
      type,
      payload: Uint8Array.of(0x90, 0),
      crc: 0,
    });
    expect(request.type).toBe(FRAME_COMMAND);
    expect(requester.accept(answer(request.sequence + 1, FRAME_RESPONSE))).toBe(false);
    expect(requester.accept(answer(request.sequence, FRAME_RESET_ACK))).toBe(false);
    expect(requester.accept(answer(request.sequence, FRAME_RESPONSE))).toBe(true);
    expect(requester.accept(answer(request.sequence, FRAME_RESPONSE))).toBe(false);
  });

  it("accepts nothing before it has asked", () => {
    expect(
      new Requester(wire).accept({ sequence: 0, type: FRAME_RESPONSE, payload: Uint8Array.of(0x90, 0), crc: 0 }),
    ).toBe(false);
  });

  it("opens with RESET and then numbers its requests round the byte", () => {
    const requester = new Requester(wire);
    const reader = new FrameReader(wire);
    const [reset] = reader.push(requester.reset());
    expect(reset.type).toBe(FRAME_RESET);
    expect(requester.accept({ ...reset, type: FRAME_RESET_ACK })).toBe(true);
    let last = reset.sequence;
    for (let i = 0; i < 600; i++) {
      const [request] = reader.push(requester.next(Uint8Array.of(1)));
      expect(request.sequence).toBe((last + 1) & 0xff);
      last = request.sequence;
    }
  });

  it("loses no command and executes none twice over a line that drops any frame either way", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.boolean(), { maxLength: 6 }), { minLength: 1, maxLength: 20 }), (losses) => {
        const executed: number[] = [];
        const responder = new Responder(
          wire,
          (command) => {
            executed.push(command[0]);
            return Uint8Array.of(command[0], 0x90, 0x00);
          },
          () => {},
        );
        const requester = new Requester(wire);
        const reader = new FrameReader(wire);
        losses.forEach((lost, i) => {
          const request = requester.next(Uint8Array.of(i));
          for (let attempt = 0, done = false; !done; attempt++) {
            if (lost[2 * attempt]) continue; // the request is lost
            const reply = responder.receive(request);
            if (lost[2 * attempt + 1]) continue; // the answer is lost
            done = reader.push(reply).some((answer) => requester.accept(answer) && answer.payload[0] === i);
          }
        });
        expect(executed).toEqual(losses.map((_, i) => i));
      }),
    );
  });
});
