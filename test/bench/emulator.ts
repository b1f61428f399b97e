/** The fast engine: how quickly a token boots, and how many codes a second its customers could read. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { Script } from "node:vm";
import { readBuilt } from "../../emulator/built.ts";
import { plainText } from "../../emulator/machine/tokens.ts";
import { bootMilliseconds, installedFlash, median, processorMilliseconds } from "../../emulator/testing/boot-cost.ts";
import { answerChallenge, memoryTransport, openBank, readTimeCode, setPin } from "../end-to-end/bank.ts";
import type { Row } from "./validations.ts";

/** Long enough for the engine to be warm, short enough to be patient with. */
const MEASURED_MS = 3000;

const BOOTS = 21;
const PROCESSES = 5;

/** A boot as `boot-cost.ts` has it, beside what it takes to do nothing with the bundle but compile it. */
async function benchBoot(): Promise<Row[]> {
  const flash = await installedFlash();
  const { bundle } = await readBuilt("pico-keypad");
  const [first, further, compiled]: number[][] = [[], [], []];
  for (let boot = 0; boot < PROCESSES; boot++) {
    const child = fork(new URL("./first-boot.ts", import.meta.url), { execArgv: [], serialization: "advanced" });
    child.send(flash);
    const [milliseconds] = await once(child, "message");
    first.push(milliseconds);
  }
  for (let boot = -2; boot < BOOTS; boot++) {
    const booted = await bootMilliseconds(flash);
    // Another text each time: what was compiled once is remembered.
    const bare = await processorMilliseconds(() => new Script(`${plainText(bundle)}\n//${boot}`));
    // Two that warm the process up.
    if (boot < 0) continue;
    further.push(booted);
    compiled.push(bare);
  }
  const defined =
    "processor time, from nothing to the first picture read, without Node's start, loading modules and reading the bundle";
  return [
    {
      name: "emulator: cold boot, first of a process",
      value: median(first),
      unit: "ms",
      note: `median of ${PROCESSES}; ${defined}`,
    },
    { name: "emulator: cold boot, each further", value: median(further), unit: "ms", note: `median of ${BOOTS}` },
    {
      name: "emulator: cold boot by compiling the bundle",
      value: median(further) / median(compiled),
      unit: "ratio",
      note: "each further, same run",
    },
  ];
}

export async function benchEmulator(): Promise<Row[]> {
  const bank = await openBank();
  try {
    const token = await bank.token("OC-BENCH");
    await bank.provision(memoryTransport(token));
    await setPin(token);
    const { challenge } = await bank.transaction("OC-BENCH");
    const perSecond = async (read: () => Promise<string>) => {
      await read();
      const begun = performance.now();
      let codes = 0;
      for (; performance.now() - begun < MEASURED_MS; codes++) await read();
      return (codes * 1000) / (performance.now() - begun);
    };
    return [
      ...(await benchBoot()),
      {
        name: "emulator: time codes read by a customer",
        value: await perSecond(() => readTimeCode(token)),
        unit: "codes/s",
        note: "wake, PIN, menu, code, off: every key, pixel and flash write",
      },
      {
        name: "emulator: challenges answered by a customer",
        value: await perSecond(() => answerChallenge(token, challenge)),
        unit: "codes/s",
        note: "wake, PIN, menu, ten digits, confirm, code, off",
      },
    ];
  } finally {
    await bank.close();
  }
}
