/** `ochre otp`: the codes of RFC 4226, RFC 6238 and RFC 6287, for tests, scripts and a second opinion. */
import { text } from "node:stream/consumers";
import { Command, type CommanderError, Option } from "commander";
import { OtpError, type OtpPart } from "../../protocol/otp/errors.ts";
import { hotp } from "../../protocol/otp/hotp.ts";
import { ocra, ocraTimeStep } from "../../protocol/otp/ocra.ts";
import { type OcraSuite, parseSuite } from "../../protocol/otp/suite.ts";
import { totp } from "../../protocol/otp/totp.ts";
import type { HashName } from "../../protocol/primitives.ts";
import { hashes } from "../crypto/node.ts";
import { parseHex, parseKey } from "./key-argument.ts";
import { UsageError } from "./usage-error.ts";

/** What the command reads and writes, besides its arguments. */
export interface OtpIo {
  /** Unix time in seconds, where `--now` is not given. */
  now(): number;
  /** All of the standard input. */
  readInput(): Promise<string>;
  /** A line of the standard output. */
  writeLine(line: string): void;
}

const processIo: OtpIo = {
  now: () => Date.now() / 1000,
  readInput: () => text(process.stdin),
  writeLine: (line) => process.stdout.write(`${line}\n`),
};

interface CommonOptions {
  key: string;
  json?: boolean;
}

interface TotpOptions extends CommonOptions {
  algorithm: HashName;
  digits: string;
  period: string;
  now?: string;
}

interface HotpOptions extends CommonOptions {
  algorithm: HashName;
  digits: string;
  counter: string;
}

interface OcraOptions extends CommonOptions {
  suite: string;
  counter?: string;
  question?: string;
  secondQuestion?: string;
  pin?: string;
  pinHash?: string;
  session?: string;
  now?: string;
  timeStep?: string;
}

/** Which option a part of the computation came from. */
const optionOf: Partial<Record<OtpPart, string>> = {
  key: "--key",
  digits: "--digits",
  counter: "--counter",
  time: "--now",
  period: "--period",
  suite: "--suite",
  question: "--question",
  secondQuestion: "--second-question",
  pinHash: "--pin or --pin-hash",
  session: "--session",
  timeStep: "--now or --time-step",
};

const KEY_HELP = `
KEY is hex where it is pairs of hex digits, else base32; "hex:" or "base32:" before it decides.
The list of processes shows arguments to every user of the machine. Give "-" for a secret (--key, --pin) and it is read
from the standard input, one line for each, the key first.`;

function parseInteger(value: string, option: string): number {
  if (!/^\d{1,16}$/.test(value)) throw new UsageError(`${option}: a decimal number is expected, not ${quote(value)}`);
  return Number(value);
}

/** 8 bytes, big-endian, of a decimal number up to 2^64 - 1. */
function parseCounter(value: string, option: string): Uint8Array {
  const count = /^\d{1,20}$/.test(value) ? BigInt(value) : -1n;
  if (count < 0n || count >= 2n ** 64n) {
    throw new UsageError(`${option}: a decimal number from 0 to 18446744073709551615 is expected, not ${quote(value)}`);
  }
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(count);
  return new Uint8Array(counter);
}

function quote(value: string): string {
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
}

/** The secrets of the command line, those given as "-" replaced by the lines of the standard input, in order. */
async function readSecrets(io: OtpIo, given: (string | undefined)[]): Promise<(string | undefined)[]> {
  const wanted = given.filter((value) => value === "-").length;
  if (wanted === 0) return given;
  const lines = (await io.readInput()).replace(/\r?\n$/, "").split(/\r?\n/);
  if (lines.length !== wanted) {
    throw new UsageError(`the standard input has ${lines.length} lines where ${wanted} are expected, one for each "-"`);
  }
  return given.map((value) => (value === "-" ? lines.shift() : value));
}

function pinHashOf(suite: OcraSuite, pin: string | undefined, pinHash: string | undefined): Uint8Array | undefined {
  if (pinHash !== undefined) return parseHex(pinHash, "--pin-hash");
  if (pin === undefined) return undefined;
  if (suite.pinHash === null) throw new UsageError("--pin: the suite has no PIN");
  if (pin === "") throw new UsageError("--pin: a PIN has one character at least");
  return hashes[suite.pinHash].digest(new Uint8Array(Buffer.from(pin)));
}

/** Runs a computation and prints its code; what a standard refuses is wrong usage. */
async function print(io: OtpIo, json: boolean | undefined, compute: () => Promise<string>): Promise<void> {
  let code: string;
  try {
    code = await compute();
  } catch (error) {
    if (!(error instanceof OtpError)) throw error;
    const option = optionOf[error.part];
    throw new UsageError(option === undefined ? error.message : `${option}: ${error.message}`);
  }
  io.writeLine(json ? JSON.stringify({ code }) : code);
}

/** What commander says about a command line, without the words of that line that may be secrets put in a wrong place. */
function usageMessage(error: CommanderError): string {
  if (error.code === "commander.help" || error.code === "commander.unknownCommand")
    return "totp, hotp or ocra is expected";
  const message = error.message.replace(/^error: /, "");
  if (error.code === "commander.unknownOption") return message.replace(/'(--[\w-]*|-.)[^']*'/s, "'$1'");
  return message;
}

/**
 * @returns the command `otp` with `totp`, `hotp` and `ocra`. Wrong usage of any kind rejects `parseAsync` with a UsageError, whose
 *   message carries no secret, and prints nothing (a missing subcommand prints the help).
 */
export function otpCommand(io: OtpIo = processIo): Command {
  const otp = new Command("otp")
    .description("compute a one-time password: HOTP, TOTP or OCRA")
    // Both before the subcommands, which inherit them. Where the callback returns, for help, commander exits with 0 itself.
    .configureOutput({ outputError: () => {} })
    .exitOverride((error) => {
      if (error.exitCode !== 0) throw new UsageError(usageMessage(error));
    });

  const subcommand = (name: string, description: string) =>
    otp
      .command(name)
      .description(description)
      .requiredOption("--key <key>", 'the shared secret in hex or base32; "-" reads it from the standard input')
      .addHelpText("after", KEY_HELP);
  const algorithm = () =>
    new Option("--algorithm <name>", "hash function").choices(["sha1", "sha256", "sha512"]).default("sha1");
  const digits = () => new Option("--digits <n>", "length of the code, 6 to 10").default("6");
  const json = () => new Option("--json", 'print {"code": "..."}');

  subcommand("totp", "the code of a moment (RFC 6238)")
    .addOption(algorithm())
    .addOption(digits())
    .option("--period <seconds>", "length of a time step", "30")
    .option("--now <unix>", "moment in seconds since 1970 (default: the clock)")
    .addOption(json())
    .action((_: TotpOptions, command: Command) => {
      const options = command.optsWithGlobals<TotpOptions>();
      return print(io, options.json, async () => {
        const [key] = await readSecrets(io, [options.key]);
        const now = options.now === undefined ? io.now() : parseInteger(options.now, "--now");
        const period = parseInteger(options.period, "--period");
        const length = parseInteger(options.digits, "--digits");
        return totp(hashes[options.algorithm], parseKey(key as string, "--key"), now, period, 0, length);
      });
    });

  subcommand("hotp", "the code of a counter (RFC 4226)")
    .addOption(algorithm())
    .addOption(digits())
    .requiredOption("--counter <n>", "0 to 2^64 - 1")
    .addOption(json())
    .action((_: HotpOptions, command: Command) => {
      const options = command.optsWithGlobals<HotpOptions>();
      return print(io, options.json, async () => {
        const [key] = await readSecrets(io, [options.key]);
        const counter = parseCounter(options.counter, "--counter");
        const length = parseInteger(options.digits, "--digits");
        return hotp(hashes[options.algorithm], parseKey(key as string, "--key"), counter, length);
      });
    });

  subcommand("ocra", "the response to a challenge (RFC 6287)")
    .requiredOption("--suite <suite>", "for example OCRA-1:HOTP-SHA256-8:QN10-T30S")
    .option("--counter <n>", "0 to 2^64 - 1, for a suite with C")
    .option("--question <text>", "the challenge; in mutual mode the other side's")
    .option("--second-question <text>", "the own challenge, in mutual mode")
    .addOption(
      new Option("--pin <text>", 'the PIN, for a suite with P; "-" reads it from the standard input').conflicts(
        "pinHash",
      ),
    )
    .option("--pin-hash <hex>", "the PIN's hash instead; - likewise")
    .option("--session <hex>", "session information, for a suite with S")
    .addOption(new Option("--now <unix>", "moment in seconds since 1970 (default: the clock)").conflicts("timeStep"))
    .option("--time-step <n>", "number of the time step instead, 0 to 2^64 - 1")
    .addOption(json())
    .action((_: OcraOptions, command: Command) => {
      const options = command.optsWithGlobals<OcraOptions>();
      return print(io, options.json, async () => {
        const suite = parseSuite(options.suite);
        const [key, pin, pinHash] = await readSecrets(io, [options.key, options.pin, options.pinHash]);
        let timeStep: Uint8Array | undefined;
        if (options.timeStep !== undefined) timeStep = parseCounter(options.timeStep, "--time-step");
        else if (options.now !== undefined) timeStep = ocraTimeStep(suite, parseInteger(options.now, "--now"));
        else if (suite.timeStepSeconds > 0) timeStep = ocraTimeStep(suite, io.now());
        return ocra(hashes, parseKey(key as string, "--key"), suite, {
          counter: options.counter === undefined ? undefined : parseCounter(options.counter, "--counter"),
          question: options.question ?? "",
          secondQuestion: options.secondQuestion,
          pinHash: pinHashOf(suite, pin, pinHash),
          session: options.session === undefined ? undefined : parseHex(options.session, "--session"),
          timeStep,
        });
      });
    });

  return otp;
}
