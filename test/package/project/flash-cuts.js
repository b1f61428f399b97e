/**
 * A bank's test of what its tokens bear: the power goes at every flash operation of a provisioning run, before the operation, in the
 * middle of it and right behind it. All that it knows of Ochre is the package: the command `ochre emulator` in a process of its own, its
 * HTTP API, its serial port, and what a host does there.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import {
  enrolmentAad,
  hashes,
  LABORATORY_BATCH_KEY,
  LABORATORY_ISSUER_ID,
  LABORATORY_KEY_VERSION,
  LaboratoryKeyService,
  openSeed,
  openSerialTransport,
  provision,
  tokenInfo,
} from "ochre-token/host-tools";
import { totp } from "ochre-token/protocol/otp/totp";
import { afterAll, beforeAll, expect, test } from "vitest";

const SERIAL = "CUT-0001";
const PIN = "274913";
const ENROLMENT_KEY = new Uint8Array(32).fill(0xe0);
/** Parts of the bits of the operation that still change: none of it was done, some of it, or all. */
const TEARS = [0, 0.5, 0.9, 1];

let folder;
let emulator;
let http;
let port;
/** The token as it leaves the factory. */
let factory;
let began;
let now;

const keys = new LaboratoryKeyService({
  issuerId: new Uint8Array(LABORATORY_ISSUER_ID),
  issuerMasterKey: { version: 0x30, key: new Uint8Array(16).fill(0x1a) },
  batchKeys: [{ version: LABORATORY_KEY_VERSION, key: new Uint8Array(LABORATORY_BATCH_KEY) }],
  enrolmentKey: ENROLMENT_KEY.slice(),
});
/** The token's time stands still: what the host waits for passes there, too. */
const clock = {
  now: () => now,
  sleep: async (ms) => {
    now += ms;
    await ask("POST", "/v1/clock/advance", { ms });
  },
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cuts-"));
  const args = ["emulator", "--json", "--serial", SERIAL, "--speed", "frozen", "--http", "0"];
  emulator = spawn("node_modules/.bin/ochre", args, {
    env: { ...process.env, XDG_RUNTIME_DIR: folder },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(emulator, "exit").then(([code]) => Promise.reject(new Error(`the emulator ended with ${code}`)));
  const [line] = await Promise.race([once(createInterface(emulator.stdout), "line"), ended]);
  ended.catch(() => {});
  ({ http, path: port } = JSON.parse(line));
  began = Math.round((await ask("GET", "/v1/clock")).unixTime * 1000);
  factory = await ask("POST", "/v1/snapshot");
});
afterAll(async () => {
  if (emulator.kill("SIGTERM")) await once(emulator, "exit");
  await rm(folder, { recursive: true });
});

async function ask(method, path, body) {
  const response = await fetch(http + path, {
    method,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

async function put(snapshot) {
  await ask("PUT", "/v1/snapshot", snapshot);
  now = began;
}

async function restart() {
  await ask("POST", "/v1/power/off");
  await ask("POST", "/v1/power/on");
}

async function onPort(work) {
  const transport = await openSerialTransport(port);
  try {
    return await work(transport);
  } finally {
    await transport.close();
  }
}

/** Provisions the token, as far as its power lets it. Enrolments are kept in a folder, from before the token has what is in them. */
const run = (enrolments) =>
  onPort((transport) => Promise.race([provision(transport, keys, { folder: enrolments, clock }), powerIsGone()]));

/** A host would find out when it has waited long enough: this is quicker. */
async function powerIsGone() {
  for (;;) {
    await new Promise((look) => setTimeout(look, 10));
    const { on, cutAtFlashOperation } = await ask("GET", "/v1/power");
    if (!on) return;
    if (cutAtFlashOperation === undefined) await new Promise(() => {});
  }
}

async function press(...names) {
  const { lines } = await ask("POST", "/v1/keys", { press: names });
  return lines.map(({ text }) => text.trim()).join(" | ");
}

/** Whose code the customer reads, who sets a PIN if the token lets him: that of an enrolment in the folder, if there is one. */
async function codeOf(enrolments) {
  await press("OK", ...PIN, "OK", ...PIN, "OK", "OK", "OFF");
  await press("OK", ...PIN, "OK");
  const code = /\b\d{4} ?\d{4}\b/.exec(await press("1"))?.[0].replace(" ", "");
  if (code === undefined) return "none";
  const { unixTime } = await ask("GET", "/v1/clock");
  for (const name of await readdir(enrolments)) {
    const { enrolment } = JSON.parse(await readFile(join(enrolments, name), "utf8"));
    const { slot, suite, sealedSeed } = enrolment.credentials[0];
    const seed = openSeed(ENROLMENT_KEY, enrolmentAad(SERIAL, slot, suite), sealedSeed);
    if (totp(hashes.sha256, seed, unixTime, 30, 0, 8) === code) return "of its enrolment";
  }
  return "of nobody's";
}

/**
 * All that can be found out by whoever has the token, its cable and the bank's keys. At last the token is provisioned again: by a bank
 * that knows of no earlier run, and does it with the factory's keys. Where that is refused, the token is left as it was.
 */
async function meaning(enrolments) {
  const { state, keyVersion, pinTriesLeft } = await onPort(tokenInfo);
  const found = { state, keyVersion, pinTriesLeft, screen: await press() };
  const snapshot = await ask("POST", "/v1/snapshot");
  found.code = await codeOf(enrolments);
  await ask("PUT", "/v1/snapshot", snapshot);
  const anew = await mkdtemp(join(folder, "anew-"));
  found.provisioning = await run(anew).then(
    async () => `done, its code is ${await codeOf(anew)}`,
    ({ message }) => message,
  );
  return found;
}

test("a cut at any flash operation leaves the token from before the run or the one from after it, and a second run completes it", async () => {
  // Two tokens that nothing has been cut of say what before and after are.
  const none = await mkdtemp(join(folder, "none-"));
  await put(factory);
  await restart();
  const before = await meaning(none);
  const whole = await mkdtemp(join(folder, "whole-"));
  await put(factory);
  const { flashOperations } = await ask("GET", "/v1/power");
  await run(whole);
  const operations = (await ask("GET", "/v1/power")).flashOperations - flashOperations;
  await restart();
  const after = await meaning(whole);
  for (const name of Object.keys(before)) expect(after[name], name).not.toEqual(before[name]);
  expect(before).toMatchObject({ code: "none", provisioning: "done, its code is of its enrolment" });
  expect(after).toMatchObject({
    code: "of its enrolment",
    provisioning: expect.stringContaining("personalised already"),
  });
  expect(operations).toBeGreaterThan(5);

  const words = TEARS.map(() => []);
  for (let operation = 1; operation <= operations; operation++) {
    for (const [column, tear] of TEARS.entries()) {
      const enrolments = await mkdtemp(join(folder, "cut-"));
      await put(factory);
      await ask("POST", "/v1/power/cut", { operation, tear });
      await run(enrolments);
      expect(await ask("GET", "/v1/power")).toMatchObject({ on: false, flashOperations: flashOperations + operation });
      await ask("POST", "/v1/power/on");
      const found = await meaning(enrolments);
      expect([before, after]).toContainEqual(found);
      words[column].push(found.state === before.state ? "before" : "after");
      if (found.state === before.state) continue;
      // The bank whose run it was does not know that it came to its end: its second one gives the token new seeds.
      await run(enrolments);
      expect(await codeOf(enrolments)).toBe("of its enrolment");
    }
  }

  const rows = Array.from({ length: operations }, (_, i) => [i + 1, ...words.map((column) => column[i])]);
  const heads = [
    "power gone at",
    "before it",
    ...TEARS.slice(1, -1).map((tear) => `${tear * 100} % done`),
    "behind it",
  ];
  console.log(
    [heads, ...rows]
      .map((row) =>
        row
          .map((cell) => String(cell).padEnd(15))
          .join("")
          .trimEnd(),
      )
      .join("\n"),
  );

  // One operation makes the one token the other: all that is cut earlier is the one from before, and all later the one from after.
  const [undone, ...others] = words;
  const turn = undone.indexOf("after");
  for (const column of [undone, ...others]) expect(column.join()).toMatch(/^before(,before)*(,after)+$/);
  expect(others.at(-1).indexOf("after")).toBe(turn - 1);
  for (const column of others) expect([turn - 1, turn]).toContain(column.indexOf("after"));
}, 300_000);
