/** Packed parts on a genuine interpreter, which has its own heatshrink. */
import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { looseImage } from "../../emulator/machine/images.ts";
import { programOf } from "../../emulator/machine/tokens.ts";
import { compress } from "../../firmware/build/heatshrink.ts";
import { interpreter, runOnInterpreter } from "./interpreter.ts";

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

// Reason to skip: the interpreter is the user's to supply; pico-keypad.test.ts says so in a line.
describe.skipIf(interpreter === undefined)("a genuine Espruino", () => {
  test("decompresses what the build compressed, and the other way round", async () => {
    const pieces = fc
      .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 90 }), fc.integer({ min: 1, max: 4 })), { minLength: 1 })
      .map((all) =>
        Uint8Array.from(
          all.flatMap(([piece, times]) =>
            Array(times)
              .fill([...piece])
              .flat(),
          ),
        ),
      );
    const samples = fc.sample(pieces, 60);
    const lines = samples.map(
      (bytes) => `say("IS",btoa(E.toString(h.decompress(atob("${base64(compress(bytes))}")))));`,
    );
    const said = await runOnInterpreter("pico-keypad", `var h=require("heatshrink");${lines.join("\n")}`);
    expect(said.filter(({ what }) => what === "IS").map(({ text }) => text)).toEqual(samples.map(base64));
  });

  test("runs the part of a bundle that lies packed behind it, and none that has a bit changed", async () => {
    const [bundle, manifest] = await Promise.all(
      ["js", "json"].map((end) => readFile(new URL(`../../build/pico-keypad.${end}`, import.meta.url), "latin1")),
    );
    const { files } = JSON.parse(manifest);
    const image = looseImage({ files }, bundle);
    const streams = image.length - bundle.length + programOf(bundle).length + 1;
    const loads =
      'say("IS",(function(){try{return typeof ochre.conformance().scp03.cmac}catch(e){return"refused"}})());';
    const isWith = async (changed: string) => {
      const said = await runOnInterpreter("pico-keypad", loads, changed);
      return said.filter(({ what }) => what === "IS").map(({ text }) => text);
    };
    expect(await isWith(image)).toEqual(["function"]);
    for (const at of [streams, (streams + image.length) >> 1, image.length - 1]) {
      const bit = String.fromCharCode(image.charCodeAt(at) ^ 4);
      expect(await isWith(image.slice(0, at) + bit + image.slice(at + 1))).toEqual(["refused"]);
    }
  });
});
