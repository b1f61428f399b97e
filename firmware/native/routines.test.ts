import { createCipheriv, createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aes128 } from "../../host-tools/crypto/node.ts";
import { cmac, cmacKey } from "../../protocol/scp03/cmac.ts";
import { runs } from "../../test/fuzz/runs.ts";
import { routines } from "../crypto/routines.part.ts";
import { CortexM0, FLASH } from "./cortex-m0.ts";
import { nativeImage, ROUTINE_NAMES, type RoutineName, routineCode, routinePath } from "./routine-text.ts";

const WORK = 0x20010000;
const WORK_LENGTH = 776;
const KEY = WORK + 384;
const INPUT = WORK + 516;
const START_FINISH = 3;
const START_FINISH_KEYED = 7;
const STATES = 8;
const STATES_AT = 64;
const STATES_LENGTH = 128;
const HASHES = ["sha1", "sha256", "sha512"] as const;
// firmware/native/aes128.c.
const ENCRYPT = 0;
const DECRYPT = 1;
const CHAIN = 2;
const CMAC = 3;
/** What README.md promises. */
const STACK_LIMIT: Record<RoutineName, number> = { sha1: 160, sha256: 192, sha512: 352, aes128: 320 };

const none = new Uint8Array(0);

/** A routine in memory, ready to be called. */
function loaded(name: RoutineName, at = FLASH + 0x1c0020) {
  const core = new CortexM0();
  const code = routineCode(name);
  core.memory(at, code.length).set(code);
  return {
    core,
    /** The places that a run touches. */
    touched(operation: number, key: Uint8Array, input: Uint8Array, rounds = 1): string[] {
      core.memory(KEY, key.length).set(key);
      core.memory(INPUT, input.length).set(input);
      return core.traced(at, WORK, operation, input.length, rounds);
    },
    run(operation: number, key: Uint8Array, input: Uint8Array, rounds = 1) {
      core.memory(KEY, key.length).set(key);
      core.memory(INPUT, input.length).set(input);
      return core.call(at, WORK, operation, input.length, rounds);
    },
    /** Two calls: the states of the key, which stay where the second one looks for them. */
    hmac(key: Uint8Array, input: Uint8Array, rounds = 1) {
      core.memory(KEY, 128).fill(0);
      return [this.run(STATES, key, none, 0), this.run(START_FINISH_KEYED, none, input, rounds)];
    },
    /** What AES goes on from: an IV. */
    from: (block: Uint8Array) => core.memory(WORK, 16).set(block),
    result: (length: number) => Buffer.from(core.memory(WORK, length)).toString("hex"),
    output: (length: number) => Buffer.from(core.memory(INPUT, length)).toString("hex"),
  };
}

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe("the machine code", () => {
  test("is what the index says: place, length, CRC-32", () => {
    const image = nativeImage();
    let end = 0;
    for (const name of ROUTINE_NAMES) {
      const { at, length, crc32: expected } = routines()[name];
      expect(at).toBe(end);
      expect(crc32(image.subarray(at, at + length))).toBe(expected);
      end = at + length;
    }
    expect(image.length).toBe(end);
  });

  test("has its head and its listing beside it", () => {
    for (const name of ROUTINE_NAMES) {
      const text = readFileSync(routinePath(name), "utf8");
      expect(text).toContain(
        `bytes     ${routines()[name].length}\ncrc32     ${routines()[name].crc32.toString(16).padStart(8, "0")}\n`,
      );
      expect(text).toContain("00000000 <routine>:");
    }
  });

  test.each(ROUTINE_NAMES)("%s gives the same wherever it stands: in flash, in RAM, on any word", (name) => {
    const [key, input] = [new Uint8Array(16).fill(7), new Uint8Array(16).fill(9)];
    const answers = [FLASH, FLASH + 0x1c0024, 0x20000004, 0x2000ac0c].map((at) => {
      const routine = loaded(name, at);
      const { instructions } = routine.run(name === "aes128" ? CMAC : START_FINISH_KEYED, key, input);
      return `${routine.result(16)} after ${instructions}`;
    });
    expect(new Set(answers).size).toBe(1);
  });

  /** What each routine can be asked for, and where it leaves its result. */
  const operations = ROUTINE_NAMES.flatMap((name): [string, RoutineName, number, number, number][] => {
    if (name === "aes128") {
      return [
        ["encryption", name, ENCRYPT, INPUT - WORK, 192],
        ["decryption", name, DECRYPT, INPUT - WORK, 192],
        ["part of a MAC", name, CHAIN, 0, 16],
        ["MAC", name, CMAC, 0, 16],
      ];
    }
    return [
      ["HMAC", name, START_FINISH_KEYED, 0, createHash(name).digest().length],
      ["states of a key", name, STATES, STATES_AT, STATES_LENGTH],
    ];
  });

  test.each(operations)(
    "fetches, reads and writes the same places for the %s of %s, whatever the key and the data",
    (_, name, operation) => {
      const routine = loaded(name);
      const touched = (key: Uint8Array, state: Uint8Array, input: Uint8Array) => {
        // What AES goes on from, and the states of a key.
        routine.core.memory(WORK, STATES_AT + STATES_LENGTH).set(state);
        return routine.touched(operation, key, input, 2);
      };
      const nothing = touched(new Uint8Array(16), new Uint8Array(192), new Uint8Array(48));
      expect(nothing.length).toBeGreaterThan(1000);
      fc.assert(
        fc.property(bytes(16), bytes(192), bytes(48), (key, state, input) => {
          const other = touched(key, state, input);
          expect(other.length).toBe(nothing.length);
          expect(other.findIndex((access, i) => access !== nothing[i])).toBe(-1);
        }),
        { numRuns: runs(3) },
      );
    },
  );

  test("that looks a secret up in a table would be seen: its places tell the index", () => {
    const core = new CortexM0();
    // ldrb r0, [r0, r1]; bx lr: the table's address and the index are its arguments.
    core.memory(FLASH, 4).set([0x40, 0x5c, 0x70, 0x47]);
    expect(core.traced(FLASH, WORK, 1)).not.toEqual(core.traced(FLASH, WORK, 2));
    expect(core.traced(FLASH, WORK, 1)).toEqual(core.traced(FLASH, WORK, 1));
  });

  test.each(operations)(
    "leaves the %s of %s and nothing else of what it was given, on the stack or in the work area",
    (_, name, operation, at, length) => {
      const left = [3, 0xa7].map((fill) => {
        const routine = loaded(name);
        if (name !== "aes128") routine.core.memory(WORK + STATES_AT, STATES_LENGTH).fill(fill);
        const { stackBytes } = routine.run(operation, new Uint8Array(16).fill(fill), new Uint8Array(192).fill(fill), 3);
        expect(stackBytes).toBeLessThanOrEqual(STACK_LIMIT[name]);
        const work = routine.core.memory(WORK, WORK_LENGTH).slice();
        work.fill(0, at, at + length);
        expect(work).toEqual(new Uint8Array(WORK_LENGTH));
        return { stack: routine.core.stack().slice(), registers: routine.core.scratchRegisters() };
      });
      expect(left[0]).toEqual(left[1]);
    },
  );
});

describe.each(HASHES)("%s", (name) => {
  const routine = loaded(name);
  const outputLen = createHash(name).digest().length;

  test("gives the digest of any input of one call", () => {
    for (let length = 0; length <= 256; length++) {
      const input = new Uint8Array(length).fill(length ^ 0x5a);
      routine.run(START_FINISH, none, input);
      expect(routine.result(outputLen), `${length} bytes`).toBe(createHash(name).update(input).digest("hex"));
    }
  });

  test("gives the HMAC under any key of a block at most", () => {
    const { blockLen } = { blockLen: name === "sha512" ? 128 : 64 };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: blockLen }), fc.uint8Array({ maxLength: 256 }), (key, input) => {
        routine.hmac(key, input);
        expect(routine.result(outputLen)).toBe(createHmac(name, key).update(input).digest("hex"));
      }),
      { numRuns: runs(40) },
    );
  });

  test("gives the answers that the index says are known", () => {
    const question = Uint8Array.from({ length: 16 }, (_, i) => i);
    routine.run(START_FINISH, none, question);
    expect(crc32(Buffer.from(routine.result(outputLen), "hex"))).toBe(routines()[name].answer);
    routine.hmac(question, question, 2);
    expect(crc32(Buffer.from(routine.result(outputLen), "hex"))).toBe(routines()[name].hmac);
  });

  test("takes a time that depends on the lengths alone", () => {
    fc.assert(
      fc.property(bytes(20), bytes(20), bytes(40), bytes(40), (key, otherKey, input, otherInput) => {
        expect(routine.hmac(key, input, 2)).toEqual(routine.hmac(otherKey, otherInput, 2));
      }),
      { numRuns: runs(20) },
    );
  });
});

describe("aes128", () => {
  const routine = loaded("aes128");
  const whole = fc.array(bytes(16), { maxLength: 16 }).map((blocks) => new Uint8Array(Buffer.concat(blocks)));

  test("encrypts and decrypts CBC as OpenSSL does, up to sixteen blocks in a call", () => {
    fc.assert(
      fc.property(bytes(16), bytes(16), whole, (key, iv, input) => {
        const secret = createCipheriv("aes-128-cbc", key, iv).setAutoPadding(false).update(input);
        routine.from(iv);
        routine.run(ENCRYPT, key, input);
        expect(routine.output(input.length)).toBe(secret.toString("hex"));
        routine.from(iv);
        routine.run(DECRYPT, key, secret);
        expect(routine.output(input.length)).toBe(Buffer.from(input).toString("hex"));
      }),
      { numRuns: runs(60) },
    );
  });

  test("gives the CMAC that protocol/ computes block by block, of one part or of several", () => {
    fc.assert(
      fc.property(
        bytes(16),
        fc.array(bytes(256), { maxLength: 2 }),
        fc.uint8Array({ maxLength: 256 }),
        (key, parts, end) => {
          routine.from(new Uint8Array(16));
          for (const part of parts) routine.run(CHAIN, key, part);
          routine.run(CMAC, key, end);
          // SP 800-38B: a last part without bytes is the end of an empty message alone.
          fc.pre(end.length > 0 || parts.length === 0);
          const mac = cmac(cmacKey(aes128(key)), [...parts, end]);
          expect(routine.result(16)).toBe(Buffer.from(mac).toString("hex"));
        },
      ),
      { numRuns: runs(60) },
    );
  });

  test.each([
    ["encrypts", ENCRYPT],
    ["decrypts", DECRYPT],
    ["MACs", CMAC],
  ])("%s in as many instructions and cycles under any key, whatever the data", (_, operation) => {
    const expected = routine.run(operation, new Uint8Array(16), new Uint8Array(48));
    fc.assert(
      fc.property(bytes(16), bytes(48), bytes(16), (key, data, iv) => {
        routine.from(iv);
        expect(routine.run(operation, key, data)).toEqual(expected);
      }),
      { numRuns: runs(60) },
    );
  });
});
