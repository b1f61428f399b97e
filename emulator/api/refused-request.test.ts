/** Requests that no client of the API makes: each is refused with a problem that says what is wrong, and changes nothing. */
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FastEngine } from "../fast/fast-engine.ts";
import { RecordingEngine } from "../recording.ts";
import { trace } from "../testing/random-steps.ts";
import { smallBundle, smallManifest } from "../testing/small-bundle.ts";
import { fixtureInstallation } from "../testing/token.ts";
import { connectRemoteEngine } from "./remote-engine.ts";
import { type ApiServer, startApi } from "./server.ts";

let engine: FastEngine;
let server: ApiServer;
beforeAll(async () => {
  engine = await FastEngine.boot({ bundle: smallBundle(), manifest: smallManifest, install: fixtureInstallation });
  server = await startApi(new RecordingEngine(engine), 0);
});
afterAll(async () => {
  await server.close();
  await engine.close();
});

/** What comes back for these very bytes, until the server ends the connection. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    let answer = "";
    socket.on("data", (bytes) => (answer += bytes));
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
    socket.write(text);
  });
}

/** Its status and its problem. */
async function refusal(text: string): Promise<[number, { type: string; status: number; detail?: string }]> {
  const before = await trace(engine, []);
  const [head, body] = (await raw(text)).split("\r\n\r\n");
  expect(head).toMatch(/content-type: application\/problem\+json/i);
  expect(await trace(engine, [])).toBe(before);
  return [Number(head.split(" ")[1]), JSON.parse(body)];
}
const sent = (line: string, body: string, headers = "Content-Type: application/json\r\n") =>
  `${line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;

test.each([
  ["garbage", "garbage\r\n\r\n", 400, "malformed-request"],
  [
    "a header without end",
    `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"a".repeat(20_000)}\r\n\r\n`,
    431,
    "header-too-large",
  ],
  [
    "two lengths of one body",
    "POST /v1/keys HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    400,
    "malformed-request",
  ],
  ["no Host", "GET /v1/screen HTTP/1.1\r\nConnection: close\r\n\r\n", 421, "misdirected-request"],
  [
    "two Hosts",
    "GET /v1/screen HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    400,
    "invalid-request",
  ],
] as const)("%s is answered with a problem", async (_, text, status, kind) => {
  expect(await refusal(text)).toEqual([status, expect.objectContaining({ type: `urn:ochre:problem:${kind}`, status })]);
});

describe("a body", () => {
  test.each([
    ["garbage", "line 1, column 1"],
    ['{"press":["1"],}', "line 1, column 16"],
    ['{"press":\n ["1" "2"]}', "line 2, column 7"],
    ['{"press":["1"', "ends before"],
    ['{"press":["1', "ends before"],
    ['{"press":["secret\u0001"]}', "line 1, column 18"],
  ])("that is no JSON is told where, and not what: %j", async (body, where) => {
    const [status, { type, detail }] = await refusal(sent("POST /v1/keys", body));
    expect([status, type, detail]).toEqual([400, "urn:ochre:problem:malformed-json", expect.stringContaining(where)]);
    expect(detail).not.toContain("secret");
  });

  test.each(['{"press":[],"__proto__":{"holdMs":1}}', '{"press":[],"constructor":{"prototype":{}}}'])(
    "with a name that every object has is told so: %s",
    async (body) => {
      const [status, { type, detail }] = await refusal(sent("POST /v1/keys", body));
      expect([status, type]).toEqual([400, "urn:ochre:problem:invalid-request"]);
      expect(detail).toMatch(/"__proto__" or "constructor"/);
    },
  );

  test.each([
    "POST /v1/power/off",
    "POST /v1/power/on",
    "POST /v1/keys/1/down",
    "POST /v1/snapshot",
    "POST /v1/recording",
    "DELETE /v1/recording",
  ])("where there is none is refused, but an empty object: %s", async (line) => {
    for (const [body, why] of [
      ['{"unknown":true}', /no property "unknown"/],
      ["[]", /must be object/],
      ["null", /must be object/],
      ["5", /must be object/],
    ] as const) {
      const [status, { detail }] = await refusal(sent(line, body));
      expect([body, status, detail]).toEqual([body, 400, expect.stringMatching(why)]);
    }
  });

  test("that is an empty object does no harm there", async () => {
    expect(await raw(sent("POST /v1/power/on", "{}"))).toMatch(/^HTTP\/1.1 200/);
  });

  test("that is missing, where a flash should be, is missed", async () => {
    for (const headers of ["", "Content-Type: application/octet-stream\r\n"]) {
      const [status, { detail }] = await refusal(sent("PUT /v1/flash", "", headers));
      expect([status, detail]).toEqual([400, "the body is missing: flash comes as application/octet-stream"]);
    }
  });
});

test("a delay of a fault that delays nothing is refused", async () => {
  const remote = await connectRemoteEngine(server.url);
  for (const on of [remote, engine])
    for (const delayMs of [-4, 5])
      await expect(
        on.setSerialFaults([{ direction: "to-token", kind: "drop", every: 1, delayMs }]),
      ).rejects.toMatchObject({
        fault: "invalid",
        message: expect.stringMatching(/delayMs is of a serial fault that delays, .* drop/),
      });
  expect(await engine.serialFaults()).toEqual([]);
  await remote.close();
});

test("options of a press say how keys are held, and never which", async () => {
  const remote = await connectRemoteEngine(server.url);
  const before = (await engine.clock()).timeMs;
  await remote.press(["1"], { press: ["2", "3"] } as never);
  expect((await engine.clock()).timeMs).toBe(before + 120);
  await remote.close();
});

describe("a link from elsewhere", () => {
  const followed =
    "Host: localhost\r\nConnection: close\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: document\r\n\r\n";

  test.each(["/v1/flash", "/v1/flash?x", "/v1/recording"])("to the token's secrets (%s) is refused", async (path) => {
    const [status, { type }] = await refusal(`GET ${path} HTTP/1.1\r\n${followed}`);
    expect([status, type]).toEqual([403, "urn:ochre:problem:foreign-origin"]);
  });

  test("to what is there for everybody is followed", async () => {
    expect(await raw(`GET /openapi.json HTTP/1.1\r\n${followed}`)).toMatch(/^HTTP\/1.1 200/);
  });
});
