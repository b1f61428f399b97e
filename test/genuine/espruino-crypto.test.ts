import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { bundleEntry } from "../../firmware/build/bundle.ts";
import cmac from "../vectors/aes-cmac.json" with { type: "json" };
import aes from "../vectors/aes-modes.json" with { type: "json" };
import hmac from "../vectors/hmac.json" with { type: "json" };
import pbkdf2 from "../vectors/pbkdf2.json" with { type: "json" };
import sha from "../vectors/sha.json" with { type: "json" };
import { evaluateOnInterpreter, interpreter } from "./interpreter.ts";

const names = ["sha1", "sha256", "sha512"];
const literal = (bytes: string) => `E.toUint8Array(atob("${Buffer.from(bytes, "latin1").toString("base64")}"))`;
const ofHex = (hex: string) => literal(Buffer.from(hex, "hex").toString("latin1"));

/** Runs a script after `p` was made the primitives; the text of each answer. */
async function answers(script: string): Promise<string[]> {
  const { bundle } = await bundleEntry(fileURLToPath(new URL("espruino-crypto-entry.ts", import.meta.url)));
  const said = await evaluateOnInterpreter(bundle, `var p=ochre.primitives();${script}`);
  return said.filter(({ what }) => what === "IS").map(({ text }) => text);
}

// Reason to skip: the interpreter is the user's to supply; pico-keypad.test.ts says so in a line.
describe.skipIf(interpreter === undefined)("Espruino's own crypto, on a genuine Espruino", () => {
  test("is found and proven, all of it", async () => {
    const [providers] = await answers(`say("IS",JSON.stringify(p.providers));`);
    const expected = { sha1: "espruino", sha256: "espruino", sha512: "espruino", aes128: "espruino" };
    expect(JSON.parse(providers)).toEqual(expected);
  });

  test("hashes every published vector that fits into memory", async () => {
    const vectors = (sha.vectors as unknown as Record<string, string>[]).filter(({ msgRepeat }) => !msgRepeat);
    const lines = vectors.flatMap((vector) =>
      names.map((name) => `say("IS",hex(ochre.digest(p.hashes.${name},${literal(vector.msgAscii ?? "")})));`),
    );
    expect(await answers(lines.join("\n"))).toEqual(vectors.flatMap((vector) => names.map((name) => vector[name])));
  });

  test("serves HMAC and PBKDF2", async () => {
    const macs = (hmac.vectors as unknown as Record<string, string>[]).flatMap((vector) =>
      names.filter((name) => vector[name] !== undefined).map((name) => ({ name, vector })),
    );
    const keys = pbkdf2.vectors.filter(({ c }) => c <= 2);
    const lines = [
      ...macs.map(
        ({ name, vector }) =>
          `say("IS",hex(ochre.hmac(p.hashes.${name},${ofHex(vector.key)},${ofHex(vector.data)})).substr(0,${vector[name].length}));`,
      ),
      ...keys.map(
        ({ prf, password, salt, c, dkLen }) =>
          `say("IS",hex(ochre.pbkdf2(p.hashes.${prf},${ofHex(password)},${ofHex(salt)},${c},${dkLen})));`,
      ),
    ];
    const expected = [...macs.map(({ name, vector }) => vector[name]), ...keys.map(({ dk }) => dk)];
    expect(await answers(lines.join("\n"))).toEqual(expected);
  });

  test("encrypts and decrypts the blocks of NIST SP 800-38A, until its key is wiped", async () => {
    const { key, pt, ct } = aes.ecb;
    const blocks = Array.from({ length: pt.length / 32 }, (_, i) => 32 * i);
    const lines = blocks.map(
      (at) =>
        `say("IS",hex(c.encryptBlock(${ofHex(pt.slice(at, at + 32))}))+hex(c.decryptBlock(${ofHex(ct.slice(at, at + 32))})));`,
    );
    const wiped = `c.wipe();say("IS",hex(c.encryptBlock(${ofHex(pt.slice(0, 32))})));`;
    const said = await answers(`var c=p.loadAes128()(${ofHex(key)});${lines.join("\n")}${wiped}`);
    expect(said.slice(0, -1)).toEqual(blocks.map((at) => ct.slice(at, at + 32) + pt.slice(at, at + 32)));
    expect(said.at(-1)).not.toBe(ct.slice(0, 32));
  });

  test("serves CBC and CMAC", async () => {
    const { key, iv, pt, ct } = aes.cbc;
    const macs = cmac.vectors.filter(({ keyBits }) => keyBits === 128);
    const lines = [
      `var c=p.loadAes128()(${ofHex(key)});`,
      `say("IS",hex(ochre.cbcEncrypt(c,${ofHex(iv)},${ofHex(pt)})));`,
      `say("IS",hex(ochre.cbcDecrypt(c,${ofHex(iv)},${ofHex(ct)})));`,
      ...macs.map((vector) => `say("IS",hex(ochre.mac(${ofHex(vector.key)},${ofHex(vector.msg)})));`),
    ];
    expect(await answers(lines.join("\n"))).toEqual([ct, pt, ...macs.map((vector) => vector.cmac)]);
  });
});
