import { expect, test } from "vitest";
import { checkDigit } from "../../protocol/otp/check-digit.ts";
import type { Key } from "../hal/board.ts";
import { activation } from "./activation.ts";
import type { Font } from "./canvas.ts";
import type { Face } from "./face.ts";

const RANDOM = "7777777777777777777";
const CODE = RANDOM + checkDigit(new Uint8Array(Buffer.from(RANDOM)), RANDOM.length);

/** A face that shows nothing, over a vault of which a code is asked. */
function typeCode(open: (code: Uint8Array) => boolean): void {
  const nothing = () => {};
  const font = { width: 6 } as Font;
  const face = {
    token: {
      language: () => 1,
      board: { clock: { soundNow: () => 1, lostPower: () => false, volatile: false } },
      journal: { get: () => new Uint8Array(8) },
      vault: { activationEnd: () => 2, open, close: nothing, sound: () => true, triesLeft: () => 4 },
    },
    canvas: { text: nothing, centred: nothing, clearPages: nothing, flush: nothing },
    fonts: { text: font, typed: font },
    say: () => "",
    digitHint: nothing,
    noticeText: nothing,
    work(_: boolean, job: () => void) {
      try {
        job();
      } catch {
        // As the face does: a notice, of which this has none.
      }
    },
  };
  const flow = activation(face as unknown as Face);
  for (const digit of CODE) flow.key(digit as Key);
  flow.key("OK");
}

test.each([
  ["is wrong", () => false],
  [
    "a flash that fails could not judge",
    () => {
      throw new Error("worn out");
    },
  ],
])("of an activation code that %s nothing is left", (_, judge) => {
  let asked: Uint8Array | undefined;
  typeCode((code) => {
    asked = code;
    expect(Buffer.from(code).toString()).toBe(CODE);
    return judge();
  });
  expect(asked).toEqual(new Uint8Array(CODE.length));
});
