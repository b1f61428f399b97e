import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type IssuedToken, issueToken } from "../../host-tools/validation-server/testing/issued-token.ts";
import { makeKeys } from "../../host-tools/validation-server/testing/laboratory.ts";
import { type ServerProcess, spawnServer } from "./spawn-server.ts";

const START = Date.UTC(2026, 0, 1) / 1000;

let folder: string;
let issued: ReturnType<typeof makeKeys>;
let servers: ServerProcess[];
let now: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ochre-parallel-"));
  issued = makeKeys();
  servers = [];
  now = START;
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.kill()));
  rmSync(folder, { recursive: true, force: true });
});

/** Server processes on one database file. */
async function start(count: number, wrongOnPurpose = false): Promise<void> {
  const file = join(folder, "bank.db");
  const one = () => spawnServer({ file, keys: issued.keys, wrongOnPurpose }, now);
  servers.push(...(await Promise.all(Array.from({ length: count }, one))));
}

async function wait(seconds: number): Promise<void> {
  now += seconds;
  await Promise.all(servers.map((server) => server.setNow(now)));
}

async function call(server: ServerProcess, role: "bank" | "provisioner", method: string, path: string, body?: object) {
  const response = await fetch(server.url + path, {
    method,
    headers: { authorization: `Bearer ${issued[role]}`, ...(body && { "content-type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
  return response.json();
}

async function enrol(serial: string): Promise<IssuedToken> {
  const token = issueToken(issued.keys.enrolmentKey, serial);
  expect(await call(servers[0], "provisioner", "POST", "/v1/tokens", token.enrolment)).toMatchObject({ serial });
  return token;
}

const step = () => Math.floor(now / 30);

/** Sends the same thing `count` times at once, to the servers in turn; how many were accepted. */
async function atOnce(count: number, path: string, body: object): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, i) => call(servers[i % servers.length], "bank", "POST", path, body)),
  );
  expect(answers.every(({ result }) => result === "accepted" || result === "refused")).toBe(true);
  return answers.filter(({ result }) => result === "accepted").length;
}

describe("two server processes on one database", () => {
  test("accept a right code once, however often it is sent at once, round after round", async () => {
    await start(2);
    const token = await enrol("OC1");
    for (let round = 0; round < 10; round++) {
      await wait(30);
      expect(await atOnce(50, "/v1/validate", { serial: "OC1", code: token.timeCode(step()) })).toBe(1);
    }
    const view = await call(servers[1], "bank", "GET", "/v1/tokens/OC1");
    expect(view).toMatchObject({ state: "active", credentials: [{ failures: 0 }, { failures: 0 }] });
  });

  test("confirm a transaction once, however often its answer is sent at once", async () => {
    await start(2);
    const token = await enrol("OC1");
    for (let round = 0; round < 5; round++) {
      const order = { serial: "OC1", payeeAccount: "0071001234567", amount: "2500000", currency: "VND" };
      const { id, challenge } = await call(servers[round % 2], "bank", "POST", "/v1/transactions", order);
      const answer = { code: token.answer(challenge, step()) };
      expect(await atOnce(50, `/v1/transactions/${id}/confirm`, answer)).toBe(1);
    }
  });

  test("compare ten of two hundred guesses that come at once, and remember them over a power cut", async () => {
    await start(2);
    const token = await enrol("OC1");
    expect(await atOnce(200, "/v1/validate", { serial: "OC1", code: "0000000" })).toBe(0);
    await Promise.all(servers.splice(0).map((server) => server.kill()));
    await start(1);
    const view = await call(servers[0], "bank", "GET", "/v1/tokens/OC1");
    expect(view).toMatchObject({ state: "locked", credentials: [{ failures: 10 }, { failures: 0 }] });
    expect(await atOnce(1, "/v1/validate", { serial: "OC1", code: token.timeCode(step()) })).toBe(0);
  });
});

describe("the first of these tests", () => {
  test("finds the fault in a store that reads before it writes", async () => {
    await start(2, true);
    const token = await enrol("OC1");
    let most = 0;
    for (let round = 0; round < 20 && most < 2; round++) {
      await wait(30);
      most = Math.max(most, await atOnce(50, "/v1/validate", { serial: "OC1", code: token.timeCode(step()) }));
    }
    expect(most).toBeGreaterThan(1);
  });
});
