import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import edgeVectors from "../../test/vectors/ocra-edge.json" with { type: "json" };
import ocraVectors from "../../test/vectors/ocra-rfc6287.json" with { type: "json" };
import orderVectors from "../../test/vectors/order.json" with { type: "json" };
import totpVectors from "../../test/vectors/totp-rfc6238.json" with { type: "json" };
import { otpCommand } from "./otp.ts";
import { UsageError } from "./usage-error.ts";

const KEY = "3132333435363738393031323334353637383930";
const BASE32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const KEY_32 = ocraVectors.keys["Standard 32Byte"];

/** Runs the command in this process: what it prints, with the given standard input and clock. */
async function otp(args: string[], input = "", now = 59): Promise<string> {
  let printed = "";
  const io = {
    now: () => now,
    readInput: async () => input,
    writeLine: (line: string) => {
      printed += `${line}\n`;
    },
  };
  await otpCommand(io).parseAsync(args, { from: "user" });
  return printed;
}

/** The message of the wrong usage that the arguments are. */
async function refusal(args: string[], input = ""): Promise<string> {
  try {
    await otp(args, input);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).message;
  }
  return expect.unreachable("the arguments were accepted");
}

const ocra = (suite: string, ...more: string[]) => ["ocra", "--suite", suite, "--key", KEY, ...more];

describe("ochre otp totp", () => {
  test("prints the codes of RFC 6238", async () => {
    for (const vector of totpVectors.vectors) {
      const args = ["--key", vector.keyHex, "--algorithm", vector.mode.toLowerCase(), "--now", `${vector.unixTime}`];
      expect(await otp(["totp", ...args, "--digits", "8"])).toBe(`${vector.otp8}\n`);
    }
  });

  test("takes SHA-1, six digits, 30 seconds and the clock where nothing is said", async () => {
    expect(await otp(["totp", "--key", KEY])).toBe("287082\n");
    expect(await otp(["totp", "--key", KEY], "", 1111111109)).toBe("081804\n");
    expect(await otp(["totp", "--key", KEY, "--now", "119", "--period", "60"])).toBe("287082\n");
  });

  test("takes the key in base32, and from the standard input", async () => {
    expect(await otp(["totp", "--key", BASE32])).toBe("287082\n");
    expect(await otp(["totp", "--key", "-"], `${KEY}\n`)).toBe("287082\n");
    expect(await otp(["totp", "--key", "-"], BASE32.toLowerCase())).toBe("287082\n");
  });
});

describe("ochre otp hotp", () => {
  test("prints the codes of RFC 4226, ten digits if asked", async () => {
    expect(await otp(["hotp", "--key", KEY, "--counter", "0"])).toBe("755224\n");
    expect(await otp(["hotp", "--key", KEY, "--counter", "0", "--digits", "10"])).toBe("1284755224\n");
  });

  // oathtool -c 18446744073709551615 and -c 9007199254740993
  test("counts to 2^64 - 1", async () => {
    expect(await otp(["hotp", "--key", KEY, "--counter", "18446744073709551615"])).toBe("094451\n");
    expect(await otp(["hotp", "--key", KEY, "--counter", "9007199254740993"])).toBe("354518\n");
    expect(await refusal(["hotp", "--key", KEY, "--counter", "18446744073709551616"])).toMatch(/^--counter: /);
  });
});

describe("ochre otp ocra", () => {
  test("prints the responses of RFC 6287, with PIN, counter, time and both challenges", async () => {
    const keys: Record<string, string> = ocraVectors.keys;
    for (const { suite, vectors } of ocraVectors.groups) {
      for (const vector of vectors as {
        key: string;
        question: string;
        questionParts?: string[];
        counter?: number;
        ocra: string;
      }[]) {
        const [question, second] = vector.questionParts ?? [vector.question];
        const args = ["ocra", "--suite", suite, "--key", keys[vector.key], "--question", question];
        if (second !== undefined) args.push("--second-question", second);
        if (vector.counter !== undefined) args.push("--counter", `${vector.counter}`);
        if (suite.includes("PSHA1")) args.push("--pin", ocraVectors.pin.text);
        if (suite.endsWith("T1M")) args.push("--now", `${ocraVectors.time.unixSeconds}`);
        expect(await otp(args)).toBe(`${vector.ocra}\n`);
      }
    }
  });

  test("prints the responses beyond the RFC's vectors, the whole HMAC for a truncation of 0", async () => {
    for (const { suite, keyHex, Q, P, ocra: response } of edgeVectors.vectors) {
      const pin = P === undefined ? [] : ["--pin-hash", P];
      expect(await otp(["ocra", "--suite", suite, "--key", keyHex, "--question", Q, ...pin])).toBe(`${response}\n`);
    }
  });

  test("takes the time step by number, by time, or by the clock", async () => {
    const { suite, vectors } = orderVectors.readableChallenge;
    const args = ["ocra", "--suite", suite, "--key", KEY_32, "--question", vectors[0].challenge];
    const step = vectors[0].timeStep;
    expect(await otp([...args, "--time-step", `${step}`])).toBe(`${vectors[0].code}\n`);
    expect(await otp([...args, "--now", `${step * 30 + 29}`])).toBe(`${vectors[0].code}\n`);
    expect(await otp(args, "", step * 30 + 29.9)).toBe(`${vectors[0].code}\n`);
  });

  test("reads key and PIN from the standard input, a line each", async () => {
    const suite = "OCRA-1:HOTP-SHA256-8:QN08-PSHA256";
    const args = ["ocra", "--suite", suite, "--question", "12345678"];
    expect(await otp([...args, "--key", "-", "--pin", "-"], `${KEY_32}\n1234\n`)).toBe("29327768\n");
    expect(await otp([...args, "--key", KEY_32, "--pin", "-"], "1234\r\n")).toBe("29327768\n");
    expect(await otp([...args, "--key", KEY_32, "--pin", "1234"])).toBe("29327768\n");
    expect(await refusal([...args, "--key", "-", "--pin", "-"], `${KEY_32}\n`)).toContain(
      "1 lines where 2 are expected",
    );
  });

  test("takes the session in hex, shorter than the suite says", async () => {
    const suite = "OCRA-1:HOTP-SHA1-6:QN08-S004";
    const short = await otp(ocra(suite, "--question", "1", "--session", "ab"));
    expect(await otp(ocra(suite, "--question", "1", "--session", "000000ab"))).toBe(short);
    expect(await otp(ocra(suite, "--question", "1", "--session", "ab000000"))).not.toBe(short);
  });
});

test("--json prints one object", async () => {
  expect(await otp(["totp", "--key", KEY, "--json"])).toBe('{"code":"287082"}\n');
  expect(await otp(["hotp", "--key", KEY, "--counter", "0", "--json"])).toBe('{"code":"755224"}\n');
  expect(await otp(ocra("OCRA-1:HOTP-SHA1-6:QN08", "--question", "00000000", "--json"))).toBe('{"code":"237653"}\n');
});

describe("wrong usage names the option", () => {
  test.each([
    [["totp", "--key", "zz"], "--key"],
    [["totp", "--key", KEY, "--digits", "5"], "--digits"],
    [["totp", "--key", KEY, "--digits", "11"], "--digits"],
    [["totp", "--key", KEY, "--digits", "six"], "--digits"],
    [["totp", "--key", KEY, "--period", "0"], "--period"],
    [["totp", "--key", KEY, "--period", "1.5"], "--period"],
    [["totp", "--key", KEY, "--now", "-1"], "--now"],
    [["totp", "--key", KEY, "--now", "now"], "--now"],
    [["totp", "--key", KEY, "--now", "9999999999999999"], "--now"],
    [["totp", "--key", KEY, "--algorithm", "md5"], "--algorithm"],
    [["totp"], "--key"],
    [["totp", "--key"], "--key"],
    [["hotp", "--key", KEY], "--counter"],
    [["hotp", "--key", KEY, "--counter", "-1"], "--counter"],
    [["hotp", "--key", KEY, "--counter", "1e3"], "--counter"],
    [["ocra", "--key", KEY], "--suite"],
    [ocra("OCRA-1:HOTP-SHA1-6:QN08-T0H", "--question", "1"), "--suite"],
    [ocra("OCRA-1:HOTP-SHA1-6:QN08"), "--question"],
    [ocra("OCRA-1:HOTP-SHA1-6:QN08", "--question", "123456789"), "--question"],
    [ocra("OCRA-1:HOTP-SHA1-6:QN08", "--question", "1", "--second-question", "2"), "--second-question"],
    [ocra("OCRA-1:HOTP-SHA1-6:QN08", "--question", "1", "--counter", "1"), "--counter"],
    [ocra("OCRA-1:HOTP-SHA1-6:QN08", "--question", "1", "--pin", "1234"), "--pin"],
    [ocra("OCRA-1:HOTP-SHA1-6:QN08", "--question", "1", "--now", "59"), "--now"],
    [ocra("OCRA-1:HOTP-SHA1-6:QN08", "--question", "1", "--time-step", "1"), "--time-step"],
    [ocra("OCRA-1:HOTP-SHA1-6:QN08", "--question", "1", "--session", "00"), "--session"],
    [ocra("OCRA-1:HOTP-SHA1-6:C-QN08", "--question", "1"), "--counter"],
    [ocra("OCRA-1:HOTP-SHA1-6:QN08-PSHA1", "--question", "1"), "--pin"],
    [ocra("OCRA-1:HOTP-SHA1-6:QN08-PSHA1", "--question", "1", "--pin", ""), "--pin"],
    [ocra("OCRA-1:HOTP-SHA1-6:QN08-PSHA1", "--question", "1", "--pin-hash", "00"), "--pin-hash"],
    [ocra("OCRA-1:HOTP-SHA1-6:QN08-PSHA1", "--question", "1", "--pin-hash", "0"), "--pin-hash"],
    [ocra("OCRA-1:HOTP-SHA1-6:QN08-PSHA1", "--question", "1", "--pin", "1", "--pin-hash", "00"), "--pin-hash"],
    [ocra("OCRA-1:HOTP-SHA1-6:QN08-S064", "--question", "1"), "--session"],
    [ocra("OCRA-1:HOTP-SHA1-6:QN08-S064", "--question", "1", "--session", "xy"), "--session"],
    [ocra("OCRA-1:HOTP-SHA1-6:QN08-T1M", "--question", "1", "--now", "1", "--time-step", "1"), "--time-step"],
    [ocra("OCRA-1:HOTP-SHA1-6:QN08", "--question", "1", "--colour", "red"), "--colour"],
  ])("%j: %s", async (args, option) => {
    const message = await refusal(args);
    expect(message).toContain(option);
    expect(message).not.toContain(KEY);
  });

  test.each([
    [[]],
    [["motp"]],
    [[KEY]],
    [["totp", "--key", KEY, KEY]],
    [["totp", `--kye=${KEY}`]],
    [["totp", `-k${KEY}`]],
  ])("%j, and no secret in a wrong place is repeated", async (args) => {
    expect(await refusal(args)).not.toContain(KEY);
  });

  test("whatever the arguments, a code comes out or wrong usage", async () => {
    const word = fc.oneof(
      fc.string({ unit: "binary", maxLength: 12 }).filter((text) => !text.startsWith("-")),
      fc.constantFrom(KEY, BASE32, "OCRA-1:HOTP-SHA1-6:QN08", "OCRA-1:HOTP-SHA1-6:QA08-S064", "1", "12345678"),
    );
    const options = [
      "--key",
      "--suite",
      "--question",
      "--second-question",
      "--counter",
      "--pin",
      "--session",
      "--time-step",
    ];
    const pairs = fc.array(fc.tuple(fc.constantFrom(...options), word), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("totp", "hotp", "ocra"), pairs, async (name, given) => {
        try {
          expect(await otp([name, "--key", KEY, ...given.flat()])).toMatch(/^\d{6}\n$/);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
  });
});

describe("as a process", () => {
  const script = `
    const [{ otpCommand }, { UsageError }] = await Promise.all([import("./otp.ts"), import("./usage-error.ts")]);
    await otpCommand().parseAsync(process.argv.slice(1), { from: "user" }).catch((error) => {
      if (!(error instanceof UsageError)) throw error;
      console.error(error.message);
      process.exitCode = 2;
    });`;
  const run = (args: string[], input = "") =>
    spawnSync(process.execPath, ["--input-type=module", "--eval", script, "--", ...args], {
      cwd: import.meta.dirname,
      input,
      encoding: "utf8",
    });

  test("it prints the code alone, reads the key from its standard input, and exits with 0", () => {
    const { status, stdout, stderr } = run(["totp", "--key", "-", "--now", "59", "--digits", "8"], `${KEY}\n`);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "94287082\n", stderr: "" });
  });

  test("it prints one line on standard error for wrong usage, without a stack or the key", () => {
    for (const args of [
      ["totp", "--key", `${KEY}0`],
      ["totp", "--kye", KEY],
      ["hotp", "--key", KEY, "--counter", "x"],
    ]) {
      const { status, stdout, stderr } = run(args);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
      expect(stderr).not.toMatch(/ at |\.ts/);
      expect(stderr).not.toContain(KEY);
    }
  });

  test("its help says how keys are written and that arguments can be seen", () => {
    const { status, stdout } = run(["ocra", "--help"]);
    expect(status).toBe(0);
    expect(stdout).toContain("list of processes");
    expect(stdout).toContain("base32:");
  });
});
