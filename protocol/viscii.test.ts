import { expect, test } from "vitest";
import { codePage } from "../firmware/ui/viscii.ts";
import { toViscii } from "./viscii.ts";

test("Vietnamese names become what the token's fonts have at their codes, in whichever normal form they came", () => {
  const name = "Tài khoản Ẵ Ỹ ỹ";
  for (const form of [name.normalize("NFC"), name.normalize("NFD")])
    expect([...toViscii(form)].map((code) => codePage[code.charCodeAt(0)]).join("")).toBe(name.normalize("NFC"));
});

test.each(["Ваnk", "a\tb", "€", "a\u0300\u0301", "🔒", "\x7f", "→"])(
  "%j is refused: a token has no letter for it",
  (name) => {
    expect(() => toViscii(name)).toThrow(/can't show .* \(U\+[0-9A-F]{4,}\)/);
  },
);
