/** Long requests: whoever else is there gets through, and whoever leaves takes his request with him. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FastEngine } from "../fast/fast-engine.ts";
import { RecordingEngine } from "../recording.ts";
import { smallBundle, smallManifest } from "../testing/small-bundle.ts";
import { fixtureInstallation } from "../testing/token.ts";
import { type ApiServer, startApi } from "./server.ts";

const HOUR = 3_600_000;
const busy = smallBundle({
  declarations: "var n = 0; function work() { for (var i = 0; i < 30000; i++) n = (n * 7 + i) | 0; }",
  start: "setInterval(work, 100);",
});

let engine: FastEngine;
let server: ApiServer;
beforeEach(async () => {
  engine = await FastEngine.boot({ bundle: busy, manifest: smallManifest, install: fixtureInstallation });
  server = await startApi(new RecordingEngine(engine), 0);
});
afterEach(async () => {
  await engine.close();
  await server.close();
});

const ask = (method: string, path: string, body?: object, signal?: AbortSignal) =>
  fetch(server.url + path, {
    method,
    signal,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
const keys = { press: Array(1000).fill("1"), holdMs: HOUR, gapMs: HOUR };
const advance = { ms: 100 * HOUR };
const atWork = () => vi.waitFor(() => expect(engine.machine.now).toBeGreaterThan(0));

test.each([
  ["POST", "/v1/keys", keys, 409],
  ["POST", "/v1/clock/advance", advance, 200],
] as const)(
  "during %s %s everybody who looks is answered, and the power goes when it is taken away",
  async (...long) => {
    const [method, path, body, status] = long;
    let answered = false;
    const answer = ask(method, path, body).finally(() => {
      answered = true;
    });
    await atWork();
    const looks = [
      "/v1/screen",
      "/v1/screen.txt",
      "/v1/screen.png",
      "/v1/clock",
      "/v1/power",
      "/v1/serial/faults",
      "/v1/engine",
    ];
    for (const look of looks) expect([look, (await ask("GET", look)).status]).toEqual([look, 200]);
    const reader = (await ask("GET", "/v1/frames")).body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toContain("event: screen");
    await reader.cancel();
    expect(answered).toBe(false);
    const off = await ask("POST", "/v1/power/off");
    expect(await off.json()).toMatchObject({ on: false });
    expect((await answer).status).toBe(status);
  },
);

test.each([
  ["POST", "/v1/keys", keys],
  ["POST", "/v1/clock/advance", advance],
] as const)("a client of %s %s who leaves takes it with him", async (method, path, body) => {
  const client = new AbortController();
  const left = ask(method, path, body, client.signal).catch(({ name }) => name);
  await atWork();
  client.abort();
  expect(await left).toBe("AbortError");
  expect((await ask("POST", "/v1/keys", { press: ["5"] })).status).toBe(200);
  expect((await engine.clock()).timeMs).toBeLessThan(100 * HOUR);
  expect(engine.machine.keypad.touched).toBe(false);
});

test("a replay whose client leaves, too", async () => {
  expect((await ask("POST", "/v1/recording")).status).toBe(204);
  expect((await ask("POST", "/v1/clock/advance", { ms: 1000 })).status).toBe(200);
  const recording = await (await ask("DELETE", "/v1/recording")).json();
  recording.steps = Array.from({ length: 100 }, (_, i) => ({
    beganUs: i * HOUR * 1000,
    endedUs: (i + 1) * HOUR * 1000,
    call: "advance",
    arguments: [HOUR],
  }));
  const client = new AbortController();
  const left = ask("POST", "/v1/recording/replay", recording, client.signal).catch(({ name }) => name);
  await vi.waitFor(() => expect(engine.machine.now).toBeGreaterThan(2e6));
  client.abort();
  expect(await left).toBe("AbortError");
  expect((await ask("POST", "/v1/keys", { press: ["5"] })).status).toBe(200);
  expect((await engine.clock()).timeMs).toBeLessThan(100 * HOUR);
});
