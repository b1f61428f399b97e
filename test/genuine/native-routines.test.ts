import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import sha from "../vectors/sha.json" with { type: "json" };
import { interpreter, runOnInterpreter } from "./interpreter.ts";

// Reason to skip: the interpreter is the user's to supply; pico-keypad.test.ts says so in a line.
describe.skipIf(interpreter === undefined)(
  "machine code for another processor, on a genuine Espruino for Linux",
  () => {
    test("is not called: its flash has no address, and the token computes in TypeScript", async () => {
      const { storage } = JSON.parse(await readFile(new URL("../../build/pico-keypad.json", import.meta.url), "utf8"));
      const abc = sha.vectors.find(({ msgAscii }) => msgAscii === "abc")!;
      const said = await runOnInterpreter(
        "pico-keypad",
        // The interpreter's own getAddressOf in the place of the stand-in.
        `delete E.getAddressOf;
       say("FILE",require("Storage").list().indexOf("${storage.loose}")+" "+typeof E.nativeCall);
       var found=ochre.conformance().crypto.primitives();
       say("PROVIDERS",JSON.stringify(found.providers));
       say("SHA256",hex(found.hashes.sha256.digest(E.toUint8Array("abc"))));`,
      );
      const text = (name: string) => said.find(({ what }) => what === name)?.text;
      expect(text("FILE")).toBe("0 function");
      expect(new Set(Object.values(JSON.parse(text("PROVIDERS")!)))).toEqual(new Set(["typescript"]));
      expect(text("SHA256")).toBe(abc.sha256);
    });
  },
);
