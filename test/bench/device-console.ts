/** What is measured through the interpreter's console, on a board with the bundle on it and nothing that starts it. */
import { evaluation, flashWithBundle, onConsole, type Parts } from "../../emulator/mcu/installation.ts";
import { Rp2040Board } from "../../emulator/mcu/rp2040-board.ts";
import { hashes } from "../../host-tools/crypto/node.ts";
import { ocra } from "../../protocol/otp/ocra.ts";
import { parseSuite } from "../../protocol/otp/suite.ts";
import { timeStep, totp } from "../../protocol/otp/totp.ts";
import type { FigureId, Figures, Provider } from "./device-figures.ts";

const UNIX_TIME = 1_800_000_000;
const PERIOD = 30;
const DIGITS = 8;
/** What PBKDF2 may take, in milliseconds. */
const PIN_TIME = 500;
/** Calls that a mean is taken of, and rounds of PBKDF2 whose times are extrapolated from. */
const EFFORT: Record<Provider, { calls: number; rounds: [number, number] }> = {
  thumb: { calls: 20, rounds: [1000, 3000] },
  typescript: { calls: 2, rounds: [1, 2] },
};
/** What this is to whoever waits for it. */
const MEASURING = "measuring at the console";
/** Milliseconds in which Espruino has surely come to the boot file. */
const LONGEST_START = 1000;

/** Byte `i` of every key is `i`. */
const key = (length: number) => Uint8Array.from({ length }, (_, i) => i);

interface Computation {
  /** On the token. */
  script: string;
  /** The same on this computer. */
  expected: string;
}

const totpOf = (hash: "sha1" | "sha256" | "sha512", length: number): Computation => ({
  script: `f.otp.totp(p.hashes.${hash},k${length},${UNIX_TIME},${PERIOD},0,${DIGITS})`,
  expected: totp(hashes[hash], key(length), UNIX_TIME, PERIOD, 0, DIGITS),
});

const ocraOf = (suite: string, question: string): Computation => ({
  script: `f.otp.ocra(p.hashes,k32,s[${JSON.stringify(suite)}],{question:${JSON.stringify(question)},timeStep:t})`,
  expected: ocra(hashes, key(32), parseSuite(suite), { question, timeStep: timeStep(UNIX_TIME, PERIOD, 0) }),
});

const CHALLENGE = "OCRA-1:HOTP-SHA256-8:QN10-T30S";
const SIGN = "OCRA-1:HOTP-SHA256-8:QH64-T30S";
const CONNECTED_SIGN = "OCRA-1:HOTP-SHA256-0:QH64-T30S";
const ORDER = "0123456789abcdef".repeat(4);

const computations: Partial<Record<FigureId, Computation>> = {
  totpSha1: totpOf("sha1", 20),
  totpSha256: totpOf("sha256", 32),
  totpSha512: totpOf("sha512", 64),
  ocraChallenge: ocraOf(CHALLENGE, "3456123459"),
  ocraSign: ocraOf(SIGN, ORDER),
  ocraConnected: ocraOf(CONNECTED_SIGN, ORDER),
};

type Type = (line: string) => Promise<string>;

/**
 * @returns the figures, and the version of the interpreter
 * @throws Error where the board has other primitives than the provider's, or a code is wrong
 */
export async function consoleFigures(parts: Parts, provider: Provider) {
  const flash = await flashWithBundle(parts);
  const measured: Partial<Figures> = {};
  let espruino = "";
  await onConsole(parts, flash, MEASURING, async (type) => {
    espruino = await type("process.env.VERSION");
    await evaluate(type, parts);
    measured.varsEvaluated = await usage(type);
    await measureArithmetic(type, provider, measured);
  });
  await onConsole(parts, flash, MEASURING, async (type) => {
    await evaluate(type, parts);
    await type('k=new Uint8Array(16),ochre.install("OC-BENCH",1,k,k,k),ochre.start()');
    measured.varsStarted = await usage(type);
  });
  return { measured, espruino };
}

/** Milliseconds from power on to the first statement of the boot file: one that says so on the pins. */
export async function handOver(parts: Parts): Promise<number> {
  const { rom, manifest } = parts;
  const { keypad } = manifest;
  const named = (pins: number[]) => pins.map((pin) => `D${pin}`).join();
  // What the board takes for a look at the keys.
  const sign =
    "rows" in keypad ? `digitalWrite([${named(keypad.rows)}],0)` : `digitalRead([${named(keypad.pins as number[])}])`;
  const flash = await onConsole(parts, await flashWithBundle(parts), MEASURING, async (type) => {
    await type(`require("Storage").write(${JSON.stringify(manifest.storage.boot)},${JSON.stringify(sign)})`);
  });
  const board = new Rp2040Board({ rom, flash, manifest });
  let begun: number | undefined;
  board.onScan(() => {
    begun ??= board.time;
  });
  board.powerOn();
  while (begun === undefined && board.time < LONGEST_START) board.run(1);
  if (begun === undefined) throw new Error(`Espruino did not come to its boot file in ${LONGEST_START} ms`);
  return begun;
}

const evaluate = (type: Type, parts: Parts) => type(evaluation(parts));

const usage = async (type: Type) => Number(await type("process.memory().usage"));

async function measureArithmetic(type: Type, provider: Provider, measured: Partial<Figures>): Promise<void> {
  const { calls, rounds } = EFFORT[provider];
  await type("f=ochre.conformance()");
  await type("p=f.crypto.primitives()");
  const found = await type("p.providers.sha1+p.providers.sha256+p.providers.sha512+p.providers.aes128");
  if (found !== provider.repeat(4)) throw new Error(`the board computes by ${found}, not by ${provider}`);
  for (const length of [20, 32, 64]) await type(`k${length}=new Uint8Array([${key(length).join()}])`);
  await type(`t=f.otp.timeStep(${UNIX_TIME},${PERIOD},0),s={}`);
  for (const suite of [CHALLENGE, SIGN, CONNECTED_SIGN])
    await type(`s[${JSON.stringify(suite)}]=f.otp.parseSuite(${JSON.stringify(suite)})`);
  // Milliseconds of a call, without those of calling: what is made at a first call is there by then.
  await type(
    "time=function(f,n){var e=function(){},i,a,b;f();a=getTime();for(i=0;i<n;i++)f();b=getTime();for(i=0;i<n;i++)e();return(2*b-a-getTime())*1000/n}",
  );
  for (const [id, computation] of Object.entries(computations)) {
    const { script, expected } = computation;
    const code = await type(script);
    if (code !== expected) throw new Error(`the board computed ${code}, not ${expected}: ${script}`);
    measured[id as FigureId] = Number(await type(`time(function(){${script}},${calls})`));
  }
  const pinTime = async (count: number) =>
    Number(await type(`time(function(){f.crypto.pbkdf2(p.hashes.sha256,k20,k32,${count},32)},1)`));
  const [fewer, more] = [await pinTime(rounds[0]), await pinTime(rounds[1])];
  const ofOne = (more - fewer) / (rounds[1] - rounds[0]);
  measured.pinRounds = Number(await type("f.crypto.pinRounds(p)"));
  measured.rounds = rounds[0] + (PIN_TIME - fewer) / ofOne;
}
