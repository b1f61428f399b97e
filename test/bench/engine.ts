/** The engine fast: what a thousand tokens weigh, and what long times cost. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { readBuilt } from "../../emulator/built.ts";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { fixtureInstallation } from "../../emulator/testing/token.ts";
import type { Row } from "./validations.ts";

const MINUTE_MS = 60_000;
const MINUTES_A_DAY = 1440;
const YEAR_MS = 365 * MINUTES_A_DAY * MINUTE_MS;

async function seconds(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

export async function benchEngine(): Promise<Row[]> {
  const options = { ...(await readBuilt("pico-keypad")), install: fixtureInstallation, unixTime: 1_800_000_000 };
  const flash = await (await FastEngine.boot(options)).dumpFlash();
  let on = true;
  const idle = await FastEngine.boot({ ...options, flash });
  const year = await seconds(() => idle.advance(YEAR_MS));
  const busy = await FastEngine.boot({ ...options, flash });
  const day = await seconds(async () => {
    for (let minute = 0; minute < MINUTES_A_DAY; minute++) {
      await busy.press(["5"]);
      on &&= (await busy.screen()).on;
      await busy.advance(MINUTE_MS - 120);
    }
  });
  if (!on) throw new Error("a token that should show something is dark");

  const child = fork(new URL("./thousand-tokens.ts", import.meta.url), { execArgv: [] });
  const [{ bytes, tokens }] = await once(child, "message");
  return [
    {
      name: "engine: 1,000 tokens in one process",
      value: bytes / 1e6,
      unit: "MB",
      note: `${tokens} booted and used; resident`,
    },
    {
      name: "engine: a year of idle token time",
      value: year * 1000,
      unit: "ms",
      note: "asleep after its first minute",
    },
    {
      name: "engine: a day with a key a minute",
      value: day,
      unit: "s",
      note: "each wakes it, is shown, and lets it fall asleep",
    },
  ];
}
