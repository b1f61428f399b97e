import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PIN_MAX_LENGTH, PIN_MIN_LENGTH } from "./vault.ts";
import { weakPin } from "./weak-pin.ts";

const ascii = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const digits = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((each) => each.join(""));
const two = (number: number) => String(number).padStart(2, "0");
const digit = fc.integer({ min: 0, max: 9 });
const length = fc.integer({ min: PIN_MIN_LENGTH, max: PIN_MAX_LENGTH });
/** Digits in equal steps, from the first on; after 9 comes 0. */
const steps = (first: number, step: number, count: number) =>
  Array.from({ length: count }, (_, i) => (first + i * step + 100) % 10).join("");
/** Keys in a straight line on the pad, and the digits of a run or every second one of it: all that stays within 0 to 9. */
const line = (count: number) =>
  fc
    .tuple(digit, fc.integer({ min: -4, max: 4 }))
    .filter(([first, step]) => first + step * (count - 1) >= 0 && first + step * (count - 1) <= 9)
    .map(([first, step]) => steps(first, step, count));

describe("a PIN is too easy to guess", () => {
  test.each([
    ["12345", "length"],
    ["123456789", "length"],
    ["000000", "repeat"],
    ["111222", "repeat"],
    ["788788", "repeat"],
    ["12341234", "repeat"],
    ["1231231", "repeat"],
    ["123456", "run"],
    ["654321", "run"],
    ["8901237", "run"],
    ["74567890", "run"],
    ["135791", "run"],
    ["445566", "run"],
    ["1122334", "run"],
    ["123321", "run"],
    ["1234321", "run"],
    ["654123", "run"],
    ["123789", "run"],
    ["147258", "run"],
    ["159753", "run"],
    ["14725836", "run"],
    ["246810", "run"],
    ["102030", "run"],
    ["142536", "run"],
    ["147896", "keypad"],
    ["123698", "keypad"],
    ["08569874", "keypad"],
    ["311299", "date"],
    ["123199", "date"],
    ["850229", "date"],
    ["02091945", "date"],
    ["20261123", "date"],
    ["198705", "date"],
    ["051987", "date"],
    ["5091945", "date"],
    ["2091945", "date"],
    ["1945209", "date"],
  ] as const)("%s: %s", (pin, verdict) => {
    expect(weakPin(ascii(pin))).toBe(verdict);
  });

  test("when it is a piece over and over", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }).chain(digits), fc.integer({ min: 6, max: 8 }), (piece, length) => {
        fc.pre(2 * piece.length <= length);
        expect(weakPin(ascii(piece.repeat(8).slice(0, length)))).not.toBe("");
      }),
    );
  });

  test("when its steps are all equal, whatever they are, and 0 comes after 9", () => {
    fc.assert(
      fc.property(digit, digit, length, (first, step, count) => {
        expect(weakPin(ascii(steps(first, step, count)))).not.toBe("");
      }),
    );
  });

  test("when it is a run with each digit doubled", () => {
    fc.assert(
      fc.property(digit, digit, length, (first, step, count) => {
        const doubled = [...steps(first, step, 4)].map((each) => each + each).join("");
        expect(weakPin(ascii(doubled.slice(0, count)))).not.toBe("");
      }),
    );
  });

  test("when it is two lines, of keys on the pad or of digits in equal steps, one after the other", () => {
    const lengths = fc.constantFrom([3, 3], [3, 4], [4, 3], [3, 5], [4, 4], [5, 3]);
    fc.assert(
      fc.property(
        lengths.chain(([one, other]) => fc.tuple(line(one), line(other))),
        ([one, other]) => {
          expect(weakPin(ascii(one + other))).not.toBe("");
        },
      ),
    );
  });

  test("when it is a line, and then the same line back", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(3, 4).chain((count) => line(count)),
        fc.boolean(),
        (there, turn) => {
          const back = [...there].reverse().join("");
          fc.pre(there.length === 4 || !turn);
          expect(weakPin(ascii(there + (turn ? back.slice(1) : back)))).not.toBe("");
        },
      ),
    );
  });

  test("when it is a walk from key to neighbouring key", () => {
    const pad = ["123", "456", "789", " 0 "];
    const keyAt = (row: number, column: number) => (pad[row]?.[column] ?? " ").trim();
    const turns = fc.array(fc.nat(3), { minLength: PIN_MAX_LENGTH, maxLength: PIN_MAX_LENGTH });
    fc.assert(
      fc.property(fc.nat(2), fc.nat(2), turns, length, (row, column, each, count) => {
        let at = [row, column];
        let pin = keyAt(row, column);
        for (const turn of each) {
          // Where there is no key, the next direction has one.
          const next = [0, 1, 2, 3]
            .map(
              (more) =>
                [
                  [0, 1],
                  [1, 0],
                  [0, -1],
                  [-1, 0],
                ][(turn + more) % 4] as [number, number],
            )
            .map(([down, right]) => [(at[0] as number) + down, (at[1] as number) + right] as [number, number])
            .find(([down, right]) => keyAt(down, right) !== "");
          if (next === undefined) throw new Error("each key has a neighbour");
          at = next;
          pin += keyAt(next[0], next[1]);
        }
        expect(weakPin(ascii(pin.slice(0, count)))).not.toBe("");
      }),
    );
  });

  test("when it is somebody's birthday, however they write it", () => {
    const birthday = fc.date({ min: new Date("1900-01-01"), max: new Date("2099-12-31"), noInvalidDate: true });
    fc.assert(
      fc.property(birthday, (date) => {
        const [day, month] = [two(date.getUTCDate()), two(date.getUTCMonth() + 1)];
        const year = String(date.getUTCFullYear());
        const short = [String(date.getUTCDate()), String(date.getUTCMonth() + 1)] as const;
        const written = [year, year.slice(2)].flatMap((each) => [
          day + month + each,
          month + day + each,
          each + month + day,
        ]);
        written.push(year + month, month + year);
        for (const [one, other] of [
          [day, short[1]],
          [short[0], month],
        ] as const)
          written.push(one + other + year, other + one + year, year + other + one);
        for (const pin of written)
          if (pin.length >= PIN_MIN_LENGTH && pin.length <= PIN_MAX_LENGTH)
            expect(weakPin(ascii(pin)), pin).not.toBe("");
      }),
    );
  });
});

/** Shares of all PINs of a length, in percent: every one of six digits, and one in so many of more. */
function refused(digits: number, every: number): { dates: number; others: number } {
  const pin = new Uint8Array(digits);
  const count = { dates: 0, others: 0 };
  const tried = Math.ceil(10 ** digits / every);
  for (let i = 0; i < tried; i++) {
    let rest = i * every;
    for (let at = digits - 1; at >= 0; at--) {
      pin[at] = 0x30 + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    const verdict = weakPin(pin);
    if (verdict === "date") count.dates++;
    else if (verdict !== "") count.others++;
  }
  return { dates: (100 * count.dates) / tried, others: (100 * count.others) / tried };
}

test.each([
  [6, 8.65, 1.62, 1],
  [7, 1.91, 0.95, 7],
  [8, 0.24, 0.87, 61],
])(
  "of all PINs of %i digits, %d in a hundred are refused as dates, and %d for the rest",
  (digits, dates, others, every) => {
    const share = refused(digits, every);
    expect(share.dates).toBeCloseTo(dates, 1);
    expect(share.others).toBeCloseTo(others, 1);
  },
);
