/**
 * The power goes at every flash operation of a provisioning run: before the operation, and in the middle of it. Written as somebody
 * outside of this project would: an emulator in a process of its own, its HTTP API, and the token's serial port.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSerialTransport } from "../../host-tools/device/serial-port.ts";
import { tokenInfo } from "../../host-tools/device/token.ts";
import type { Transport } from "../../host-tools/device/transport.ts";
import { enrol } from "../../host-tools/provisioning/enrol.ts";
import { provision } from "../../host-tools/provisioning/provision.ts";
import { TOKEN_STATES } from "../../protocol/apdu/get-data.ts";
import { type Bank, openBank, PIN } from "./bank.ts";

const SERIAL = "OC-HTTP-CUTS";
/** Parts of the bits of an operation that change before the power is gone. */
const TEARS = [0.1, 0.5, 0.9, 1];
const program = fileURLToPath(new URL("../../bin/ochre.js", import.meta.url));

let folder: string;
let bank: Bank;
let provisionerKey: string;
let emulator: ChildProcess;
let http: string;
let port: string;
/** The token as it leaves the factory. */
let factory: unknown;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ochre-cuts-"));
  bank = await openBank();
  provisionerKey = (await readFile(join(bank.folder, "provisioner.key"), "utf8")).trim();
  const args = ["emulator", "--json", "--serial", SERIAL, "--seed", "1", "--speed", "frozen", "--http", "0"];
  emulator = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, XDG_RUNTIME_DIR: folder },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(createInterface(emulator.stdout!), "line");
  ({ http, path: port } = JSON.parse(line));
  factory = await ask("POST", "/v1/snapshot");
});
afterAll(async () => {
  emulator.kill("SIGTERM");
  await bank.close();
  await rm(folder, { recursive: true, force: true });
});

async function ask(method: string, path: string, body?: unknown) {
  const response = await fetch(http + path, {
    method,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

/** The token's time stands still: what the host waits for passes there too. */
const clock = {
  now: () => bank.clock.now(),
  sleep: async (ms: number) => {
    await bank.wait(ms / 1000);
    await ask("POST", "/v1/clock/advance", { ms });
  },
};

async function onPort<T>(work: (transport: Transport) => Promise<T>): Promise<T> {
  const transport = await openSerialTransport(port);
  try {
    return await work(transport);
  } finally {
    await transport.close();
  }
}

const run = (pending: string) =>
  onPort((transport) =>
    Promise.race([
      provision(transport, bank.keyService, {
        folder: pending,
        clock,
        deliver: (enrolment) => enrol(bank.server.url, provisionerKey, enrolment, { replace: true }),
      }).then(() => "complete"),
      powerIsGone(),
    ]),
  );

/** A host would find out when it has waited long enough: this is quicker. */
async function powerIsGone(): Promise<string> {
  for (;;) {
    await new Promise((look) => setTimeout(look, 20));
    const { on, cutAtFlashOperation } = await ask("GET", "/v1/power");
    if (!on) return "cut";
    if (cutAtFlashOperation === undefined) await new Promise(() => {});
  }
}

/** What anybody can see of the token after its power came back. */
async function afterwards(): Promise<string> {
  const { state, keyVersion, pinTriesLeft } = await onPort(tokenInfo);
  return [TOKEN_STATES[state], `keys ${keyVersion}`, `tries ${pinTriesLeft}`].join(", ");
}

/** A second run completes the token, and its customer's code is accepted. */
async function expectUsable(pending: string): Promise<void> {
  // To the bank it is the same token each time, and it takes no code of a time of which it took one.
  await bank.wait(30);
  expect(await run(pending)).toBe("complete");
  await ask("POST", "/v1/keys", { press: ["OK", ...PIN, "OK", ...PIN, "OK", "OK", "OFF"] });
  const { lines } = await ask("POST", "/v1/keys", { press: ["OK", ...PIN, "OK", "1"] });
  const code = lines
    .map(({ text }: { text: string }) => text.replaceAll(" ", ""))
    .find((text: string) => /^\d{8}$/.test(text));
  expect(await bank.validate(SERIAL, code)).toBe("accepted");
}

/** Provisions a token from the factory whose power goes at that operation; what can be seen then, or undefined where it never came. */
async function cutAt(operation: number, tear: number): Promise<string | undefined> {
  const pending = join(folder, `pending-${operation}-${tear}`);
  await ask("PUT", "/v1/snapshot", factory);
  await ask("POST", "/v1/power/cut", { operation, tear });
  if ((await run(pending)) === "complete") return undefined;
  await ask("POST", "/v1/power/on");
  const seen = await afterwards();
  await expectUsable(pending);
  return seen;
}

test("a cut at any flash operation of a provisioning run leaves the state before it or the state after it, and a second run completes the token", async () => {
  const before: string[] = [];
  for (let seen = await cutAt(1, 0); seen !== undefined; seen = await cutAt(before.length + 1, 0)) before.push(seen);
  expect(before.length).toBeGreaterThan(5);
  // After the last operation stands what a whole run leaves.
  await ask("PUT", "/v1/snapshot", factory);
  await run(join(folder, "whole"));
  const after = [...before.slice(1), await afterwards()];

  const rows = [["at", "before it", "after it", ...TEARS.map((tear) => `${tear * 100} % of its bits`)]];
  for (const [i, one] of before.entries()) {
    const other = after[i];
    const row = [String(i + 1), one, other];
    for (const tear of TEARS) {
      const seen = await cutAt(i + 1, tear);
      row.push(
        one === other && seen === one ? "both alike" : seen === one ? "before" : seen === other ? "after" : "NEITHER",
      );
      expect([one, other]).toContain(seen);
      // All of its bits: it was done.
      if (tear === 1) expect(seen).toBe(other);
    }
    rows.push(row);
  }
  console.log(rows.map((row) => row.map((cell, i) => cell.padEnd(i === 0 ? 4 : i < 3 ? 28 : 17)).join("")).join("\n"));
  expect(before[0]).toMatch(/^factory/);
  expect(after.at(-1)).toMatch(/^issued/);
}, 300_000);
