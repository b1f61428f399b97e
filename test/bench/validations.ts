/**
 * Validations a second through HTTP, each accepted by two durable commits (the count, then the verdict) and told in the log, beside a
 * bare Fastify that answers the same requests with the same bytes. Server and echo run in a process of their own each, the driver in
 * this one.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { issueToken } from "../../host-tools/validation-server/testing/issued-token.ts";
import { makeKeys } from "../../host-tools/validation-server/testing/laboratory.ts";
import { spawnServer } from "../end-to-end/spawn-server.ts";
import { drive, type Load } from "./load.ts";

export interface Row {
  name: string;
  value: number;
  unit: string;
  note: string;
}

const TOKENS = 500;
const BATCHES = 4;
const ACCEPTED = '{"result":"accepted"}';
const START = Date.UTC(2026, 0, 1) / 1000;

interface Bench {
  /** Every token sends the code of its next step, batch after batch. */
  validations(connections: number): Promise<Load>;
  echoes(connections: number): Promise<Load>;
  close(): Promise<void>;
}

async function openBench(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), "ochre-bench-"));
  const { keys, provisioner, bank } = makeKeys();
  const echo = fork(new URL("./echo-process.ts", import.meta.url), { execArgv: [] });
  const [{ url: echoUrl }] = await once(echo, "message");
  let now = START;
  const server = await spawnServer({ file: join(folder, "bench.db"), keys, log: join(folder, "bench.log") }, now);
  const close = async () => {
    echo.disconnect();
    await server.kill();
    rmSync(folder, { recursive: true, force: true });
  };

  const tokens = Array.from({ length: TOKENS }, (_, i) => issueToken(keys.enrolmentKey, `OC${i}`));
  const enrolments = tokens.map((token) => JSON.stringify(token.enrolment));
  for (const body of enrolments) {
    const headers = { authorization: `Bearer ${provisioner}`, "content-type": "application/json" };
    const response = await fetch(`${server.url}/v1/tokens`, { method: "POST", headers, body });
    if (response.status !== 201) throw new Error(`an enrolment was answered with ${response.status}`);
  }
  // The codes are worked out before the clock runs: the driver shares the machine with the server.
  const bodiesFrom = (step: number) =>
    Array.from({ length: BATCHES }, (_, batch) =>
      tokens.map(({ enrolment: { serial }, timeCode }) => JSON.stringify({ serial, code: timeCode(step + batch) })),
    );
  const authorization = `Bearer ${bank}`;
  return {
    validations: (connections) => {
      const bodies = bodiesFrom(now / 30 + 1);
      const tick = () => server.setNow((now += 30));
      return drive(`${server.url}/v1/validate`, authorization, bodies, connections, ACCEPTED, tick);
    },
    echoes: (connections) =>
      drive(`${echoUrl}/v1/validate`, authorization, bodiesFrom(1), connections, ACCEPTED, async () => undefined),
    close,
  };
}

/** Takes some ten seconds. Figures of two runs don't compare across machines; the ratio within one does. */
export async function benchValidations(): Promise<Row[]> {
  const bench = await openBench();
  try {
    // Once without looking at it, so that neither process is measured while its code is being compiled.
    await bench.validations(8);
    await bench.echoes(8);
    const [alone, eight, many] = [await bench.validations(1), await bench.validations(8), await bench.validations(64)];
    const echo = await bench.echoes(8);
    const where = `driver in another process on the same ${cpus().length} cores`;
    const durable = "two commits with fsync each";
    const round = (value: number) => Math.round(value);
    return [
      { name: "validations, 1 connection", value: round(alone.perSecond), unit: "1/s", note: `${durable}; ${where}` },
      {
        name: "validations, 8 connections",
        value: round(eight.perSecond),
        unit: "1/s",
        note: `group commit; ${where}`,
      },
      {
        name: "validations, 64 connections",
        value: round(many.perSecond),
        unit: "1/s",
        note: `group commit; ${where}`,
      },
      { name: "validations, 8 connections, 99 %", value: Math.round(eight.p99 * 10) / 10, unit: "ms", note: "latency" },
      { name: "bare Fastify, 8 connections", value: round(echo.perSecond), unit: "1/s", note: `no work; ${where}` },
      {
        name: "validations by bare Fastify",
        value: Math.round((eight.perSecond / echo.perSecond) * 1000) / 1000,
        unit: "ratio",
        note: "8 connections, same run",
      },
    ];
  } finally {
    await bench.close();
  }
}
