import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { smallMachine } from "../testing/small-bundle.ts";
import type { LineFault } from "./serial-line.ts";

const echo = { start: "USB.on('data', function (text) { USB.write(text); });" };
const bytes = fc
  .uint8Array({ maxLength: 200 })
  .map((values) => Array.from(values, (value) => String.fromCharCode(value)).join(""));

/** What comes back of bytes that go through the faults, and when, in milliseconds. */
function echoed(faults: LineFault[], ...texts: string[]): { text: string; times: number[] } {
  const machine = smallMachine(echo);
  machine.line.faults = faults;
  let text = "";
  const times: number[] = [];
  machine.onTransmit = (part) => {
    text += part;
    times.push(machine.time);
  };
  for (const part of texts) machine.receive(part);
  machine.advance(100_000);
  return { text, times };
}

test("a line without faults changes nothing and takes no time", () => {
  fc.assert(
    fc.property(bytes, (text) => {
      expect(echoed([], text).text).toBe(text);
    }),
  );
  expect(echoed([], "a").times).toEqual([0]);
});

test("of every so many bytes one is dropped, doubled, or has one bit turned over, as often as was said", () => {
  const faulty = fc.record({
    direction: fc.constantFrom("to-token" as const, "to-host" as const),
    every: fc.integer({ min: 1, max: 9 }),
    count: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(bytes, faulty, (text, fault) => {
      const hit = [...text].map((_, i) => {
        const number = (i + 1) / fault.every;
        return Number.isInteger(number) && number <= (fault.count ?? Number.POSITIVE_INFINITY);
      });
      const characters = [...text];
      expect(echoed([{ ...fault, kind: "drop" }], text).text).toBe(characters.filter((_, i) => !hit[i]).join(""));
      expect(echoed([{ ...fault, kind: "duplicate" }], text).text).toBe(
        characters.map((character, i) => (hit[i] ? character + character : character)).join(""),
      );
      const { text: corrupt } = echoed([{ ...fault, kind: "corrupt" }], text);
      const turned = [...corrupt].map((character, i) => character.charCodeAt(0) ^ text.charCodeAt(i));
      expect(turned.map((bits) => (bits !== 0 && (bits & (bits - 1)) === 0 ? 1 : bits))).toEqual(hit.map(Number));
    }),
    { numRuns: runs(60) },
  );
});

test("more bytes than one part are gone through as few are, and what comes back of them, all at that moment", () => {
  const text = Array.from({ length: 5000 }, (_, i) => String.fromCharCode((i * 7) & 255)).join("");
  const drop: LineFault = { direction: "to-token", kind: "drop", every: 7 };
  const double: LineFault = { direction: "to-token", kind: "duplicate", every: 5, count: 600 };
  const back: LineFault = { direction: "to-host", kind: "drop", every: 1000 };
  const kept = [...text].filter((_, i) => (i + 1) % 7 !== 0);
  const doubled = kept.map((byte, i) => ((i + 1) % 5 === 0 && (i + 1) / 5 <= 600 ? byte + byte : byte)).join("");
  const { text: came, times } = echoed([drop, double, back], text);
  expect(came).toBe([...doubled].filter((_, i) => (i + 1) % 1000 !== 0).join(""));
  expect(new Set(times)).toEqual(new Set([0]));
  const delay: LineFault = { direction: "to-token", kind: "delay", every: 3000, delayMs: 20 };
  expect(echoed([delay], text)).toMatchObject({ text, times: expect.arrayContaining([0, 20]) });
});

test("a delayed byte comes later, and none overtakes it", () => {
  const delay: LineFault = { direction: "to-token", kind: "delay", every: 3, delayMs: 20, count: 1 };
  expect(echoed([delay], "abcd", "ef")).toEqual({ text: "abcdef", times: [0, 20, 20] });
  const back: LineFault = { direction: "to-host", kind: "delay", every: 1, delayMs: 7.5 };
  expect(echoed([delay, back], "abcd")).toEqual({ text: "abcd", times: [7.5, 27.5] });
});

test("a delayed byte that finds no power is lost; one of a token that lost its power still arrives", () => {
  const machine = smallMachine(echo);
  let text = "";
  machine.onTransmit = (part) => (text += part);
  machine.line.faults = [
    { direction: "to-host", kind: "delay", every: 1, delayMs: 50 },
    { direction: "to-token", kind: "delay", every: 2, delayMs: 50 },
  ];
  machine.receive("ab");
  machine.powerOff();
  machine.advance(100);
  machine.powerOn();
  machine.advance(100);
  expect(text).toBe("a");
});

test("a fault that would never hit a byte is refused with what was expected, and the others stay", () => {
  const { line } = smallMachine(echo);
  const right: LineFault = { direction: "to-token", kind: "drop", every: 2 };
  line.faults = [right];
  for (const [wrong, message] of [
    [{ direction: "up" }, 'the direction of a fault is to-token or to-host, not "up"'],
    [{ kind: "loss" }, "drop or duplicate or corrupt or delay"],
    [{ every: 0 }, "every so many bytes, from 1, not 0"],
    [{ every: undefined }, "not undefined"],
    [{ every: 1.5 }, "not 1.5"],
    [{ count: 0 }, "the count of bytes"],
    [{ kind: "delay" }, "delayMs is how late bytes are"],
    [{ kind: "delay", delayMs: -1 }, "not -1"],
  ] as [object, string][])
    expect(() => {
      line.faults = [{ ...right, ...wrong }];
    }).toThrow(message);
  expect(line.faults).toMatchObject([right]);
});
