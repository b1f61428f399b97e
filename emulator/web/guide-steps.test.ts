import { expect, test } from "vitest";
import { WAY_BEGINS, wayOn } from "./guide-steps.ts";

const HOME = ["        OCHRE", "    OC-1", "", "  Press OK to start"];
const FACTORY = ["        OCHRE", "    OC-1", "   Not personalised", " Take it to your bank"];
const NEW_PIN = ["   Choose a new PIN", "        ______", "", " 6-8 digits, then OK"];
const PIN_SET = ["", "    Đã đặt mã PIN", "  Bấm OK để bắt đầu", ""];
const ENTER = ["    Enter your PIN", "        ******", "", " 6-8 digits, then OK"];
const MENU = ["Choose a code", "1 Savings", "2 Sign a payment", ""];
const TYPED = ["  Type the bank code", "     3456 20117 6", "", " OK done CLEAR erase"];
const CONFIRM = ["   Account ends in", "3456", "", "   OK yes CLEAR no"];
const WORKING = ["", "     One moment…", "", ""];
const CODE = ["      Savings", "6084 1654", "", "█████████████████░░░░"];
const OLD_CODE = ["      Savings", "6084 1654", "", "░░░░░░░░░░░░░░░░░░░░░"];
const DARK = ["", "", "", ""];

const after = (...screens: string[][]) => screens.reduce(wayOn, WAY_BEGINS);

test("nothing is done at first, on a token from the factory or from a bank", () => {
  expect(after(FACTORY)).toEqual(WAY_BEGINS);
  expect(after(HOME, NEW_PIN)).toMatchObject({ personalised: true, done: [] });
});

test("each step is done when its screen has come, and stays done", () => {
  expect(after(HOME, NEW_PIN, WORKING, PIN_SET).done).toEqual(["pin"]);
  expect(after(HOME, NEW_PIN, PIN_SET, ENTER, WORKING, MENU).done).toEqual(["pin", "unlock"]);
  const read = after(HOME, PIN_SET, ENTER, MENU, CODE, DARK);
  expect(read.done).toEqual(["pin", "unlock", "timeCode"]);
  expect([ENTER, MENU, TYPED, CONFIRM, WORKING, CODE, DARK].reduce(wayOn, read).done).toEqual([
    "pin",
    "unlock",
    "timeCode",
    "payment",
  ]);
});

test("a code is a time code after the menu and a payment's after its confirmation, whatever the bank calls it", () => {
  expect(after(ENTER, MENU, TYPED, CONFIRM, CODE).done).toEqual(["pin", "unlock", "payment"]);
  expect(after(ENTER, MENU, OLD_CODE).done).toEqual(["pin", "unlock", "timeCode"]);
  expect(after(ENTER, MENU, TYPED).done).toEqual(["pin", "unlock"]);
});

test("a code that was there when the page came is nobody's step", () => {
  expect(after(CODE).done).toEqual([]);
});

test("a token that has a PIN needs none chosen", () => {
  expect(after(HOME, ENTER)).toMatchObject({ personalised: true, done: ["pin"] });
});

test("with a token from the factory in its place, all begins anew", () => {
  expect(after(PIN_SET, ENTER, MENU, CODE, FACTORY)).toEqual(WAY_BEGINS);
});
