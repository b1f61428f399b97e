/** What of a Pixl.js the virtual board has: buttons to the supply, a display that the interpreter draws on, and a small, full Storage. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { smallBundle, smallManifest } from "../testing/small-bundle.ts";
import { Machine } from "./machine.ts";
import type { Manifest } from "./manifest.ts";
import { sha1 } from "./sha1.ts";

const FILES = { first: btoa("a".repeat(5000)), second: btoa("bb") };
const manifest: Manifest = {
  ...smallManifest,
  keypad: { pins: ["BTN1", "BTN2"], down: "high", legend: [["UP", "OK"]] },
  display: { controller: "st7567", width: 128, height: 64 },
  clock: undefined,
  interpreter: { board: "PIXLJS", storage: { address: 0x6d000, bytes: 36864 }, devices: ["g", "NRF", "SHA1"] },
  storage: { ...smallManifest.storage, loose: "image", journalBytes: 8192, full: true },
  bootFile: "/**/",
  files: FILES,
};

function pixl(source: { start?: string; members?: string }): Machine {
  const machine = new Machine({ bundle: smallBundle(source), manifest });
  machine.powerOn();
  return machine;
}

const value = (machine: Machine) => (machine.exports.value as () => unknown)();
const evaluated = (expression: string) => value(pixl({ members: `value: function () { return ${expression}; }` }));

test("a button that goes to the supply makes its pin high, and its pull-down makes it low again", () => {
  const machine = pixl({
    start: `pinMode(BTN1, "input_pulldown"); pinMode(BTN2, "input_pulldown");`,
    members: "value: function () { return digitalRead([BTN1, BTN2]); }",
  });
  expect(value(machine)).toBe(0);
  machine.keyDown("OK");
  expect(value(machine)).toBe(1);
  machine.keyDown("UP");
  expect(value(machine)).toBe(3);
  machine.keyUp("OK");
  expect(value(machine)).toBe(2);
});

test("a press of it wakes whoever watches for a rising edge", () => {
  const machine = pixl({
    start: `pinMode(BTN2, "input_pulldown"); setWatch(function () { print("woken"); }, BTN2, { repeat: true, edge: "rising" });`,
  });
  const lines: string[] = [];
  machine.onPrint = (line) => lines.push(line);
  machine.keyDown("OK");
  machine.advance(1);
  machine.keyUp("OK");
  machine.advance(1);
  expect(lines).toEqual(["woken"]);
});

test("a picture in columns of eight rows is seen once it was drawn and flipped, in its place", () => {
  const machine = pixl({
    members: `value: function () {
      var page = Graphics.createArrayBuffer(128, 8, 1, { vertical_byte: true, msb: false });
      for (var at = 0; at < 8; at++) {
        for (var x = 0; x < 128; x++) new Uint8Array(page.buffer)[x] = (x * 7 + at * 31) & 255;
        g.drawImage(page.asImage(), 0, 8 * at);
      }
      if (arguments.length > 0) g.flip();
    }`,
  });
  const wanted = Uint8Array.from({ length: 1024 }, (_, i) => ((i & 127) * 7 + (i >> 7) * 31) & 255);
  value(machine);
  expect(machine.display.frame()).not.toEqual(wanted);
  (machine.exports.value as (flip: boolean) => void)(true);
  expect(machine.display.frame()).toEqual(wanted);
});

test("the panel is on from the interpreter's start, with something that is not the bundle's, until it is turned off", () => {
  const machine = pixl({ members: "value: function () { Pixl.setLCDPower(false); }" });
  expect(machine.display.on).toBe(true);
  expect(machine.display.frame().some((byte) => byte !== 0)).toBe(true);
  value(machine);
  expect(machine.display.on).toBe(false);
  expect(machine.display.frame().every((byte) => byte === 0)).toBe(true);
});

test("there is neither I2C nor USB, and Bluetooth can be put to sleep", () => {
  expect(evaluated("typeof I2C1 + typeof USB")).toBe("undefinedundefined");
  expect(evaluated("NRF.sleep()")).toBeUndefined();
});

test("its SHA-1 is SHA-1", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (message) => {
      expect(Buffer.from(sha1(message)).toString("hex")).toBe(createHash("sha1").update(message).digest("hex"));
    }),
  );
  const digest = new Uint8Array(evaluated(`require("crypto").SHA1(new Uint8Array([97, 98, 99]))`) as ArrayBuffer);
  expect(Buffer.from(digest).toString("hex")).toBe("a9993e364706816aba3e25717850c26c9cd0d89d");
});

test("its image is in its flash, of nine pages, and what is written then comes behind it", () => {
  const machine = pixl({
    start: `require("Storage").write("last", "x");`,
    members: `value: function () { return require("Storage").list().join(); }`,
  });
  expect(value(machine)).toBe("image,.boot0,last");
  expect(machine.flashDump()).toHaveLength(36864);
  expect(() => evaluated(`require("Flash").erasePage(0x6d000 + 36864)`)).toThrow("outside saved flash");
});
