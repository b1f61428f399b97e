import { createCipheriv } from "node:crypto";
import { describe, expect, it } from "vitest";
import { LABORATORY_BATCH_KEY, laboratoryTransportKeys } from "./laboratory.ts";

/** SP 800-108 with a CMAC of its own, so that nothing of the code under test judges itself. */
function reference(purpose: number, serial: string, model: number[]): Buffer {
  const message = Buffer.concat([
    Buffer.from([1]),
    Buffer.from("OCHRE-KD"),
    Buffer.from([purpose, 1]),
    Buffer.from("OCHRELAB"),
    Buffer.from(model),
    Buffer.from(serial.padEnd(16, "\0")),
  ]);
  const aes = (block: Buffer) => createCipheriv("aes-128-ecb", LABORATORY_BATCH_KEY, null).update(block);
  const double = (block: Buffer) => {
    const value = (BigInt(`0x${block.toString("hex")}`) << 1n) ^ (block[0] & 0x80 ? 0x87n : 0n);
    return Buffer.from((value & ((1n << 128n) - 1n)).toString(16).padStart(32, "0"), "hex");
  };
  const xor = (a: Buffer, b: Buffer) => Buffer.from(a.map((byte, i) => byte ^ b[i]));
  const k2 = double(double(aes(Buffer.alloc(16))));
  expect(message.length).toBe(37); // two whole blocks and five bytes
  const last = Buffer.alloc(16);
  message.copy(last, 0, 32);
  last[5] = 0x80;
  let mac = aes(message.subarray(0, 16));
  mac = aes(xor(mac, message.subarray(16, 32)));
  return aes(xor(mac, xor(last, k2)));
}

describe("the keys of a laboratory token", () => {
  it("are derived from the batch key by SP 800-108 over purpose, version, issuer, model and serial", () => {
    const keys = laboratoryTransportKeys("OC00000001");
    expect(keys.keyVersion).toBe(1);
    expect(Buffer.from(keys.enc)).toEqual(reference(1, "OC00000001", [0, 1]));
    expect(Buffer.from(keys.mac)).toEqual(reference(2, "OC00000001", [0, 1]));
    expect(Buffer.from(keys.dek)).toEqual(reference(3, "OC00000001", [0, 1]));
  });

  it("are another token's for another serial or model", () => {
    const a = laboratoryTransportKeys("OC00000001");
    const b = laboratoryTransportKeys("OC00000002");
    const c = laboratoryTransportKeys("OC00000001", 0x0002);
    const all = [a, b, c].flatMap((keys) =>
      [keys.enc, keys.mac, keys.dek].map((key) => Buffer.from(key).toString("hex")),
    );
    expect(new Set(all).size).toBe(9);
  });
});
