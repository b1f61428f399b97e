import { expect, test } from "vitest";
import { fontText } from "./font-text.ts";
import { codePage } from "./viscii.ts";

const utf8 = (text: string) => new Uint8Array(Buffer.from(text));

test("each character of the basic plane has the code that the page gives it, if it is a letter, a digit or ASCII, and none else", () => {
  for (let point = 0; point < 0x10000; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    const character = String.fromCharCode(point);
    const code = codePage.indexOf(character);
    // The symbols of the screens are no text of an order.
    const text = code >= 0 && (point < 0x7f || /\p{L}/u.test(character));
    expect(fontText(utf8(character)), point.toString(16)).toBe(text ? String.fromCharCode(code) : undefined);
  }
});

test("a text has a code for each of its characters, or is none", () => {
  const name = "NGUYỄN THỊ ÁNH TUYẾT";
  expect(fontText(utf8(name))).toBe([...name].map((letter) => String.fromCharCode(codePage.indexOf(letter))).join(""));
  expect(fontText(utf8("NGUYEN VAN \u0410"))).toBeUndefined(); // a Cyrillic A
  expect(fontText(utf8("\u039dGUYEN"))).toBeUndefined(); // a Greek N
  expect(fontText(utf8(""))).toBe("");
});
