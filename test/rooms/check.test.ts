import { expect, test } from "vitest";
import { boardNamed, boardsNamed, crossing, crossings, imports } from "./check.ts";

test("no import in the tree crosses a line between the rooms", () => {
  expect(crossings()).toEqual([]);
});

test.each([
  ["protocol/otp/hotp.ts", "node:crypto"],
  ["protocol/otp/hotp.ts", "../../firmware/core/vault.ts"],
  ["firmware/core/vault.ts", "../boards/pico-keypad/main.ts"],
  ["firmware/core/vault.ts", "../build/build.ts"],
  ["firmware/core/vault.ts", "@noble/hashes/sha2.js"],
  ["emulator/testing/token.ts", "../../protocol/framing/slip.ts"],
  ["emulator/machine/machine.ts", "node:fs"],
  ["emulator/machine/machine.ts", "../serial/port.ts"],
  ["emulator/machine/machine.ts", "@noble/hashes/sha2.js"],
  ["emulator/fast/gate.ts", "../../firmware/build/build.ts"],
  ["emulator/testing/token.ts", "../../firmware/build/dialect.ts"],
  ["emulator/fast/chronicle.ts", "node:crypto"],
  ["emulator/fast/chronicle.ts", "@noble/hashes-of-others"],
  ["host-tools/device/port.ts", "../../emulator/run.ts"],
  ["emulator/web/line-view.ts", "../../host-tools/device/transport.ts"],
  ["emulator/web/build.ts", "../../firmware/build/build.ts"],
])("%s may not import %s", (file, specifier) => {
  expect(crossing(file, specifier)).not.toBe("");
});

test.each([
  ["firmware/core/vault.ts", "../../protocol/otp/hmac.ts"],
  ["emulator/fast/chronicle.ts", "@noble/hashes/sha2.js"],
  ["emulator/fast/gate.ts", "../../firmware/build/dialect.ts"],
  ["host-tools/device/port.ts", "serialport"],
  ["host-tools/cli/emulator.ts", "../../emulator/run.ts"],
  ["emulator/web/wire.ts", "../../protocol/primitives.ts"],
  ["test/end-to-end/story.test.ts", "../../firmware/core/vault.ts"],
])("%s may import %s", (file, specifier) => {
  expect(crossing(file, specifier)).toBe("");
});

test("imports are found in every form", () => {
  const source = `import a from "a";\nimport "b";\nexport { c } from './c.ts';\nconst d = await import("d");\nimport {\n  e,\n} from "e";`;
  expect(imports(source).sort()).toEqual(["./c.ts", "a", "b", "d", "e"]);
});

test("what the token does depends on what a board has, never on which one it is: no code outside boards/ names one", () => {
  expect(boardsNamed()).toEqual([]);
});

test.each([
  'if (board.name === "pico-keypad") wait();',
  "if (token.board.model !== 1) wait();",
  "switch (this.board.name) {}",
  'const slow = ["pico-keypad"];',
])("%s is found", (code) => {
  expect(boardNamed("firmware/ui/face.ts", code, ["pico-keypad"])).not.toBe("");
  expect(boardNamed("firmware/boards/pico-keypad/board.ts", code, ["pico-keypad"])).toBe("");
});

test.each([
  "/** As pico-keypad has it. */ draw();",
  "model[0] = board.model >> 8;",
  "if (board.keypad.keyForEach) draw();",
])("%s is nobody's name", (code) => {
  expect(boardNamed("firmware/ui/face.ts", code, ["pico-keypad"])).toBe("");
});
