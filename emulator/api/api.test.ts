/** The API over a real port, as a program or a page elsewhere on this machine would use it. */
import { request } from "node:http";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { readBuilt } from "../built.ts";
import type { Engine, Screen, Snapshot, Sound } from "../engine.ts";
import { type FastBootOptions, FastEngine } from "../fast/fast-engine.ts";
import { RecordingEngine, screenLines } from "../recording.ts";
import { rowsOfPng } from "../testing/png-rows.ts";
import { step, trace } from "../testing/random-steps.ts";
import { digestOf, slotImage, withImage } from "../testing/slot-image.ts";
import { fixtureInstallation } from "../testing/token.ts";
import { png } from "./png.ts";
import { connectRemoteEngine, type RemoteEngine } from "./remote-engine.ts";
import { type ApiServer, startApi } from "./server.ts";

const boot = async (options: Partial<FastBootOptions> = {}) =>
  FastEngine.boot({
    ...(await readBuilt("pico-keypad")),
    install: fixtureInstallation,
    seed: 7,
    unixTime: 1_800_000_000,
    ...options,
  });

let engine: Engine;
let server: ApiServer;
let remote: RemoteEngine;
beforeEach(async () => {
  engine = await boot();
  server = await startApi(new RecordingEngine(engine), 0);
  remote = await connectRemoteEngine(server.url);
});
afterEach(async () => {
  await remote.close();
  await server.close();
  await engine.close();
});

/** What comes by itself comes when the network brings it: without that, only what was asked for can be compared. */
function quiet(loud: Engine): Engine {
  return new Proxy(loud, {
    get: (target, name) => {
      if (name === "onScreen" || name === "onSerial" || name === "onSound") return () => () => {};
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

const json = { "content-type": "application/json" };
const post = (path: string, body: unknown, method = "POST") =>
  fetch(server.url + path, { method, headers: json, body: JSON.stringify(body) });

/** A request with headers that `fetch` would not send. */
function raw(path: string, headers: Record<string, string>, method = "GET", body = ""): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const sent = request(server.url + path, { method, headers }, (response) => {
      let text = "";
      response.on("data", (part) => (text += part));
      response.on("end", () => resolve([response.statusCode!, text]));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

describe("an engine elsewhere", () => {
  test("says who it is", () => {
    expect(remote).toMatchObject({
      name: "fast",
      serial: "FIXTURE-00000001",
      seed: 7,
      capabilities: engine.capabilities,
    });
    expect(remote.manifest).toEqual(engine.manifest);
  });

  test("is the engine itself: the same calls give the same bytes, pictures and refusals", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25, size: "max" }), async (steps) => {
        const near = await boot();
        await engine.close();
        await server.close();
        engine = await boot();
        server = await startApi(new RecordingEngine(engine), 0);
        const far = await connectRemoteEngine(server.url);
        expect(await trace(quiet(far), steps)).toBe(await trace(quiet(near), steps));
        await far.close();
      }),
      { numRuns: runs(8), endOnFailure: true },
    );
  });

  test("tells of each picture and each byte that passes, from the moment somebody listens", async () => {
    const [near, far]: Screen[][] = [[], []];
    const bytes: [string, string][] = [];
    engine.onScreen((screen) => near.push(screen));
    const stop = remote.onScreen((screen) => far.push(screen));
    remote.onSerial((direction, text) => bytes.push([direction, text]));
    await remote.press(["MENU", "OK", "5", "OFF"]);
    await remote.send("\u00c0\u0000\u00ff");
    await vi.waitFor(() => expect(far.length).toBe(near.length));
    expect(far).toEqual(near);
    await vi.waitFor(() => expect(bytes[0]).toEqual(["to-token", "\u00c0\u0000\u00ff"]));
    stop();
    await remote.press(["MENU"]);
    expect(near.length).toBeGreaterThan(far.length);
  });

  test("tells of the picture that a snapshot or a recording brings, also where its number is that of the one before", async () => {
    const begun = await engine.snapshot();
    await engine.press(["MENU", "OK"]);
    const settings = await engine.snapshot();
    const { frame } = await engine.screen();
    const shown: string[] = [];
    remote.onScreen((screen) => void shown.push(screenLines(screen).join("|")));
    for (const key of ["DOWN", "OFF"]) {
      await remote.restore(begun);
      await remote.press(["MENU", key]);
      expect((await remote.screen()).frame).toBe(frame);
      await vi.waitFor(() => expect(shown.at(-1)).not.toMatch(/^Settings/));
      await remote.restore(settings);
      await vi.waitFor(() => expect(shown.at(-1)).toMatch(/^Settings/));
    }
    await remote.startRecording();
    await remote.press(["MENU"]);
    const recording = await remote.stopRecording();
    for (const key of ["CLEAR", "OFF"]) {
      await remote.press([key]);
      await vi.waitFor(() => expect(shown.at(-1)).not.toMatch(/pico-keypad/));
      await remote.replay(recording);
      await vi.waitFor(() => expect(shown.at(-1)).toMatch(/pico-keypad/));
    }
  });

  test("that was out of reach for a while tells of the picture that was drawn meanwhile, and of none that was told before", async () => {
    const shown: string[] = [];
    remote.onScreen((screen) => void shown.push(screenLines(screen)[0]));
    await remote.press(["MENU"]);
    const { port } = new URL(server.url);
    const away = async (meanwhile: () => Promise<void>) => {
      await server.close();
      await meanwhile();
      server = await startApi(new RecordingEngine(engine), Number(port));
    };
    await away(async () => {});
    await vi.waitFor(() => expect(remote.screen()).resolves.toBeDefined());
    await away(() => engine.press(["OK"]));
    await vi.waitFor(() => expect(shown.at(-1)).toMatch(/^Settings/), 10_000);
    expect(shown).toHaveLength(2);
  });

  test("tells of each tone of the buzzer, at its own time, once its customer has asked for sounds", async () => {
    expect(remote.capabilities.sound).toBe(true);
    const [near, far]: Sound[][] = [[], []];
    engine.onSound((sound) => near.push(sound));
    remote.onSound((sound) => far.push(sound));
    await remote.press(["MENU", "OK"]);
    expect(near).toEqual([]);
    await remote.press(["3"]);
    const { timeMs } = await remote.clock();
    const earlier = near.length;
    await remote.press(["DOWN", "DOWN"], { holdMs: 70, gapMs: 80 });
    const clicks = near.slice(earlier);
    expect(clicks.map(({ hertz }) => hertz)).toEqual([2000, 0, 2000, 0]);
    expect(clicks[0].timeMs).toBeGreaterThanOrEqual(timeMs);
    expect(clicks[2].timeMs - clicks[0].timeMs).toBe(150);
    await vi.waitFor(() => expect(far).toEqual(near));
  });

  test("tells what is wrong with its line: what was set, and how often it will still happen", async () => {
    await remote.setSerialFaults([
      { direction: "to-token", kind: "drop", every: 2, count: 3 },
      { direction: "to-host", kind: "delay", every: 1, delayMs: 5 },
      { direction: "to-token", kind: "corrupt", every: 1, count: 1 },
    ]);
    await remote.send("abcd");
    expect(await remote.serialFaults()).toEqual([
      { direction: "to-token", kind: "drop", every: 2, count: 1 },
      { direction: "to-host", kind: "delay", every: 1, delayMs: 5 },
    ]);
    await remote.setSerialFaults([]);
    expect(await engine.serialFaults()).toEqual([]);
  });

  test("keeps and restores, loads flash, and records", async () => {
    const snapshot = await remote.snapshot();
    await remote.press(["MENU"]);
    await remote.restore(snapshot);
    expect((await remote.clock()).timeMs).toBe(0);
    await expect(remote.restore({ ...snapshot, sha256: "" } as Snapshot)).rejects.toMatchObject({ fault: "invalid" });
    const flash = await remote.dumpFlash();
    await remote.powerOff();
    await remote.loadFlash(flash);
    await remote.powerOn();
    expect(Buffer.compare(await engine.dumpFlash(), flash)).toBe(0);
  });

  test("that is gone is told as such", async () => {
    await server.close();
    await expect(remote.screen()).rejects.toMatchObject({
      fault: "failed",
      message: expect.stringContaining("no answer"),
    });
    await remote.close();
    await expect(remote.screen()).rejects.toThrow(/closed/);
  });
});

describe("the screen", () => {
  test("as text", async () => {
    const response = await fetch(`${server.url}/v1/screen.txt`);
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect((await response.text()).split("\n").length).toBe(5);
    await engine.powerOff();
    expect(await (await fetch(`${server.url}/v1/screen.txt`)).text()).toBe("");
  });

  test.each([undefined, 1, 3, 16])("as a picture, %s times as large", async (scale) => {
    const response = await fetch(`${server.url}/v1/screen.png${scale === undefined ? "" : `?scale=${scale}`}`);
    expect(response.headers.get("content-type")).toBe("image/png");
    const file = Buffer.from(await response.arrayBuffer());
    const { pixels, width, height } = await engine.screen();
    const times = scale ?? 4;
    expect([file.readUInt32BE(16), file.readUInt32BE(20)]).toEqual([width * times, height * times]);
    expect(rowsOfPng(file)).toEqual(
      Array.from({ length: height * times }, (_, y) =>
        Array.from({ length: width * times }, (_, x) => {
          const [column, row] = [Math.floor(x / times), Math.floor(y / times)];
          return (pixels[(row >> 3) * width + column] >> (row & 7)) & 1;
        }).join(""),
      ),
    );
  });

  test("as a picture of any size, to the bit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 4 }), fc.nat(), (width, pages, salt) => {
        const pixels = Uint8Array.from({ length: width * pages }, (_, i) => (i * 131 + salt) >> (i % 5));
        const rows = rowsOfPng(png(pixels, width, pages * 8)).map((row) => row.slice(0, width));
        for (const [y, row] of rows.entries())
          expect(row).toBe(
            Array.from({ length: width }, (_, x) => (pixels[(y >> 3) * width + x] >> (y & 7)) & 1).join(""),
          );
      }),
    );
  });
});

describe("the stream of frames", () => {
  test("begins with the present screen, for a reader of server-sent events", async () => {
    const stop = new AbortController();
    const response = await fetch(`${server.url}/v1/frames`, { signal: stop.signal });
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const { value } = await response.body!.pipeThrough(new TextDecoderStream()).getReader().read();
    const [event, data] = value!.split("\n");
    expect(event).toBe("event: screen");
    expect(JSON.parse(data.replace("data: ", ""))).toMatchObject({ on: true, width: 128, frame: expect.any(Number) });
    stop.abort();
  });
});

test("every path that can be read is answered to HEAD too, with the head of what GET gives and no body", async () => {
  const { paths } = await (await fetch(`${server.url}/openapi.json`)).json();
  await remote.startRecording();
  const readable = Object.keys(paths).filter((path) => "get" in paths[path]);
  expect(readable).toContain("/v1/frames");
  for (const path of readable) {
    const stop = new AbortController();
    const [head, get] = await Promise.all(
      ["HEAD", "GET"].map((method) => fetch(server.url + path, { method, signal: stop.signal })),
    );
    expect([path, head.status, await head.text()]).toEqual([path, 200, ""]);
    expect(head.headers.get("content-type")).toBe(get.headers.get("content-type"));
    stop.abort();
  }
});

describe("a request that can't be carried out", () => {
  const problem = async (response: Response, status: number, kind: string) => {
    expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    const body = await response.json();
    expect(body).toMatchObject({ type: `urn:ochre:problem:${kind}`, status, title: expect.any(String) });
    expect(response.status).toBe(status);
    return body as { detail?: string };
  };

  const bad: [string, string, string, unknown, number, string][] = [
    ["an unknown key", "POST", "/v1/keys", { press: ["ENTER"] }, 422, "invalid"],
    ["an unknown key down", "POST", "/v1/keys/ENTER/down", undefined, 422, "invalid"],
    ["keys that are no list", "POST", "/v1/keys", { press: "1" }, 400, "invalid-request"],
    ["keys with something else", "POST", "/v1/keys", { press: ["1"], hold: 5 }, 400, "invalid-request"],
    ["no keys", "POST", "/v1/keys", undefined, 400, "invalid-request"],
    ["time backwards", "POST", "/v1/clock/advance", { ms: -1 }, 422, "invalid"],
    ["time as text", "POST", "/v1/clock/advance", { ms: "5" }, 400, "invalid-request"],
    ["a time before 2000", "PATCH", "/v1/clock", { unixTime: 5, driftPpm: 3 }, 422, "invalid"],
    ["half an operation", "POST", "/v1/power/cut", { operation: 0.5 }, 400, "invalid-request"],
    ["a tear above 1", "POST", "/v1/power/cut", { operation: 1, tear: 2 }, 422, "invalid"],
    ["9 V", "PUT", "/v1/power/battery", { volts: 9 }, 422, "invalid"],
    ["a bit beyond the flash", "POST", "/v1/flash/flip", { bits: [1, 2 ** 40] }, 422, "invalid"],
    ["text that is no bytes", "POST", "/v1/serial", { text: "\u1ec1" }, 422, "invalid"],
    [
      "a fault of no kind",
      "PUT",
      "/v1/serial/faults",
      { faults: [{ direction: "to-host", kind: "eat", every: 1 }] },
      400,
      "invalid-request",
    ],
    [
      "a snapshot that is none",
      "PUT",
      "/v1/snapshot",
      { version: 1, board: "x", data: "", sha256: "" },
      422,
      "invalid",
    ],
    ["flash under power", "PUT", "/v1/flash", new Uint8Array(64 * 4096), 409, "conflict"],
    ["flash as JSON", "PUT", "/v1/flash", {}, 415, "unsupported-media-type"],
    ["a recording's end without one", "DELETE", "/v1/recording", undefined, 404, "not-found"],
    ["a recording without one", "GET", "/v1/recording", undefined, 404, "not-found"],
    ["a path that is not there", "GET", "/v1/keys/1", undefined, 404, "not-found"],
  ];
  test("firmware that a flash or a snapshot brings is not run: 422 says which, and changes nothing", async () => {
    const { bundle, manifest } = await readBuilt("pico-keypad");
    const foreign = slotImage(bundle.replaceAll(`"${manifest.version}"`, '"9.8.7"'), 0x090807, manifest);
    const flash = withImage(await engine.dumpFlash(), manifest, foreign);
    const other = await boot({ flash, trustedFirmware: [digestOf(foreign)] });
    const snapshot = await other.snapshot();
    await other.close();
    await engine.powerOff();
    const before = await trace(engine, []);
    const put = { method: "PUT", headers: { "content-type": "application/octet-stream" }, body: new Uint8Array(flash) };
    for (const response of [await fetch(`${server.url}/v1/flash`, put), await post("/v1/snapshot", snapshot, "PUT")]) {
      const { detail } = await problem(response, 422, "foreign-firmware");
      expect(detail).toMatch(new RegExp(`this flash holds firmware 9\\.8\\.7 .*--firmware ${digestOf(foreign)}`));
    }
    await expect(remote.loadFlash(flash)).rejects.toMatchObject({ fault: "foreign-firmware" });
    expect(await trace(engine, [])).toBe(before);
  });

  test.each(bad)("%s is refused with a problem and changes nothing", async (_, method, path, body, status, kind) => {
    const before = await trace(engine, []);
    const sent =
      body instanceof Uint8Array
        ? { headers: { "content-type": "application/octet-stream" }, body: body as Uint8Array<ArrayBuffer> }
        : { headers: body === undefined ? undefined : json, body: JSON.stringify(body) };
    const response = await fetch(server.url + path, { method, ...sent });
    const { detail } = await problem(response, status, kind);
    if (kind === "invalid") expect(detail!.length).toBeGreaterThan(20);
    expect(await trace(engine, [])).toBe(before);
  });

  test("names what it could have been", async () => {
    const faults = (fault: object) => post("/v1/serial/faults", { faults: [{ every: 1, ...fault }] }, "PUT");
    const ofNoKind = await problem(await faults({ direction: "to-host", kind: "eat" }), 400, "invalid-request");
    expect(ofNoKind.detail).toBe("body/faults/0/kind must be drop or duplicate or corrupt or delay");
    const nowhere = await problem(await faults({ direction: "up", kind: "drop" }), 400, "invalid-request");
    expect(nowhere.detail).toBe("body/faults/0/direction must be to-token or to-host");
    const unknown = await problem(await post("/v1/keys", { press: ["1"], hold: 5 }), 400, "invalid-request");
    expect(unknown.detail).toBe('body has no property "hold", only press, holdMs, gapMs, bounceMs');
  });

  test("with another method than its path has is told which there are", async () => {
    for (const [path, method, allow] of [
      ["/v1/keys", "GET", "POST"],
      ["/v1/keys/1/down", "DELETE", "POST"],
      ["/v1/clock?x", "POST", "GET, HEAD, PATCH"],
      ["/openapi.json", "PUT", "GET, HEAD"],
    ]) {
      const response = await fetch(server.url + path, { method });
      const { detail } = await problem(response, 405, "method-not-allowed");
      expect([path, response.headers.get("allow"), detail]).toEqual([path, allow, `it takes ${allow}`]);
    }
  });

  test("that begins a second recording is a conflict, and the first one goes on", async () => {
    await remote.startRecording();
    await problem(await fetch(`${server.url}/v1/recording`, { method: "POST" }), 409, "conflict");
    await expect(remote.startRecording()).rejects.toMatchObject({ fault: "conflict" });
    expect((await remote.stopRecording()).steps).toEqual([]);
  });

  test.each([["{"], ["'a'"]])("%s is no JSON", async (body) => {
    await problem(await fetch(`${server.url}/v1/keys`, { method: "POST", headers: json, body }), 400, "malformed-json");
  });

  test.each([["text/plain"], ["application/x-www-form-urlencoded"], ["multipart/form-data"]])(
    "a body of type %s is not looked at",
    async (type) => {
      const sent = { method: "POST", headers: { "content-type": type }, body: '{"press":["MENU"]}' };
      const before = await trace(engine, []);
      const { detail } = await problem(await fetch(`${server.url}/v1/keys`, sent), 415, "unsupported-media-type");
      expect(detail).toBe(`a body is application/json here, not ${JSON.stringify(type)}`);
      const flash = await problem(
        await fetch(`${server.url}/v1/flash`, { ...sent, method: "PUT" }),
        415,
        "unsupported-media-type",
      );
      expect(flash.detail).toBe(`a body is application/octet-stream here, not ${JSON.stringify(type)}`);
      expect(await trace(engine, [])).toBe(before);
    },
  );

  test.each<[what: string, headers: Record<string, string>, detail: string]>([
    ["of bytes", { "content-type": "application/octet-stream" }, 'is application/json here, not "application/octet-'],
    ["of no type", {}, "and this one says no type"],
    ["of a type that is none", { "content-type": "json" }, 'not "json"'],
    ["that is compressed", { ...json, "content-encoding": "gzip" }, 'not in the content coding "gzip"'],
    ["that is in Latin-1", { "content-type": "application/json; charset=ISO-8859-1" }, 'in UTF-8, not in "ISO-8859-1"'],
    ["that is in UTF-16", { "content-type": 'application/json;x=1; Charset="utf-16le"' }, 'not in "utf-16le"'],
  ])("with a body %s, where JSON is expected, is refused with what was expected", async (_, headers, expected) => {
    const before = await trace(engine, []);
    for (const [path, method] of [
      ["/v1/keys", "POST"],
      ["/v1/clock", "PATCH"],
      ["/v1/snapshot", "PUT"],
      ["/v1/power/on", "POST"],
    ]) {
      const [status, text] = await raw(path, { "content-length": "2", ...headers }, method, "{}");
      expect([path, status]).toEqual([path, 415]);
      expect(JSON.parse(text)).toMatchObject({ type: "urn:ochre:problem:unsupported-media-type" });
      expect(JSON.parse(text).detail).toContain(expected);
    }
    expect(await trace(engine, [])).toBe(before);
  });

  test("in UTF-8 is taken, however that is written, and a type without a body does no harm", async () => {
    for (const charset of ["utf-8", '"UTF-8"', "Utf-8 "]) {
      const headers = { "content-type": `Application/JSON; charset=${charset}`, "content-encoding": "identity" };
      expect((await raw("/v1/keys", headers, "POST", '{"press":["MENU"]}'))[0]).toBe(200);
    }
    for (const type of ["application/octet-stream", "text/plain", "application/json; charset=utf-16"])
      expect((await raw("/v1/power/on", { "content-type": type, "content-length": "0" }, "POST"))[0]).toBe(200);
    expect((await raw("/nowhere", { "content-type": "text/plain" }, "POST", "x"))[0]).toBe(404);
  });

  test("of more bytes for the line than a port gives in one piece is refused, with the limit", async () => {
    const long = await problem(await post("/v1/serial", { text: "x".repeat(65_537) }), 422, "invalid");
    expect(long.detail).toMatch(/at most 65536/);
    const longer = await problem(await post("/v1/serial", { text: "x".repeat(5_000_000) }), 413, "too-large");
    expect(longer.detail).toMatch(/at most 394240 bytes/);
    await expect(remote.send("x".repeat(5_000_000))).rejects.toMatchObject({ fault: "invalid" });
    await remote.send("\u0000".repeat(65_536));
    const { paths } = await (await fetch(`${server.url}/openapi.json`)).json();
    expect(paths["/v1/serial"].post.description).toMatch(/65536/);
  });

  test.each(["keys/1/down", "keys", "serial"])(
    "of a token without power (%s) is refused, and says what to do",
    async (path) => {
      await engine.powerOff();
      const body = path === "keys" ? { press: ["1"] } : path === "serial" ? { text: "x" } : {};
      const { detail } = await problem(await post(`/v1/${path}`, body), 409, "no-power");
      expect(detail).toMatch(/give it its power/);
      expect((await post("/v1/keys/1/up", {})).status).toBe(204);
      await expect(remote.press(["1"])).rejects.toMatchObject({ fault: "no-power" });
    },
  );

  const MIB = 1024 * 1024;
  test.each([
    ["brackets in brackets", "[".repeat(17 * MIB)],
    ["many empty lists", `[${"[],".repeat(5 * MIB)}0]`],
    ["many names", `{"steps":{${Array.from({ length: MIB }, (_, i) => `"k${i}":1`).join()}}}`],
  ])("that would take long to read is refused before it is read: %s", async (_, body) => {
    for (const [method, path] of [
      ["POST", "/v1/recording/replay"],
      ["PUT", "/v1/snapshot"],
    ]) {
      const parse = vi.spyOn(JSON, "parse");
      const response = await fetch(server.url + path, { method, headers: json, body });
      const read = parse.mock.calls.some(([text]) => text === body);
      parse.mockRestore();
      expect(read).toBe(false);
      expect((await problem(response, 413, "too-large")).detail).toMatch(/at most (32 deep|600000 commas)/);
    }
  });

  test("of size without end is broken off", async () => {
    const body = Buffer.alloc(65 * 1024 * 1024);
    const headers = { "content-type": "application/octet-stream" };
    const response = await fetch(`${server.url}/v1/flash`, { method: "PUT", headers, body }).catch(() => undefined);
    expect(response?.status ?? 413).toBe(413);
    expect((await remote.screen()).on).toBe(true);
  });
});

describe("a page from elsewhere", () => {
  const key = '{"press":["MENU"]}';

  test.each(["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.:80", "192.168.0.1"])(
    "that leads its own name here (%j) is told nothing",
    async (host) => {
      for (const path of ["/v1/screen", "/openapi.json", "/v1/frames", "/nowhere"]) {
        const [status, text] = await raw(path, { host });
        expect([status, text.includes("lines")]).toEqual([421, false]);
      }
    },
  );

  test.each<Record<string, string>>([
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://localhost:1" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
  ])("with %j changes nothing", async (headers) => {
    const before = await trace(engine, []);
    const [status] = await raw("/v1/keys", { ...json, ...headers }, "POST", key);
    expect(status).toBe(403);
    expect(await trace(engine, [])).toBe(before);
  });

  test("is another than the emulator's own, which may do everything under each of its names", async () => {
    const at = new URL(server.url).port;
    for (const name of ["localhost", "127.0.0.1", "LOCALHOST"]) {
      const host = `${name}:${at}`;
      const own = { ...json, host, origin: `http://${host}`, "sec-fetch-site": "same-origin" };
      expect((await raw("/v1/keys", own, "POST", key))[0]).toBe(200);
    }
  });
});

test("who presses during a long advance presses after it", async () => {
  await remote.keyDown("1");
  const advanced = remote.advance(600_000);
  await vi.waitFor(async () => expect((await remote.clock()).timeMs).toBeGreaterThan(0));
  await remote.press(["5"]);
  await advanced;
  expect((await remote.clock()).timeMs).toBe(600_120);
});

test("the API describes itself: every call of an engine is an operation", async () => {
  const api = await (await fetch(`${server.url}/openapi.json`)).json();
  expect(api.openapi).toBe("3.1.0");
  const operations = Object.values<Record<string, { operationId: string }>>(api.paths).flatMap((path) =>
    Object.values(path).map((operation) => operation.operationId),
  );
  const calls = Object.getOwnPropertyNames(FastEngine.prototype).filter(
    (name) =>
      !["constructor", "machine", "kept", "perform", "startAnew", "onScreen", "onSerial", "onSound", "close"].includes(
        name,
      ),
  );
  expect(operations).toEqual(expect.arrayContaining([...calls, "frames", "startRecording", "stopRecording"]));
});

test("a recording that is not made is not found, whoever asks for it, and the API says so", async () => {
  const { paths } = await (await fetch(`${server.url}/openapi.json`)).json();
  for (const method of ["GET", "DELETE"]) {
    const response = await fetch(`${server.url}/v1/recording`, { method });
    expect([method, response.status]).toEqual([method, 404]);
    expect((await response.json()).detail).toMatch(/POST \/v1\/recording begins one/);
    expect(paths["/v1/recording"][method.toLowerCase()].responses["404"].description).toMatch(/No recording/);
  }
  await expect(remote.stopRecording()).rejects.toMatchObject({ fault: "invalid" });
  await remote.startRecording();
  expect((await fetch(`${server.url}/v1/recording`)).status).toBe(200);
});

test("a recording whose client left before he was given it is still there, until another begins", async () => {
  await remote.startRecording();
  await remote.press(["MENU"]);
  // So that it waits for something.
  const busy = remote.advance(60_000);
  const client = new AbortController();
  const left = fetch(`${server.url}/v1/recording`, { method: "DELETE", signal: client.signal });
  client.abort();
  await expect(left).rejects.toThrow(/abort/);
  await busy;
  if (await remote.isRecording()) await remote.stopRecording();
  const recording = await (await fetch(`${server.url}/v1/recording`)).json();
  expect(recording.steps[0]).toMatchObject({ call: "press", arguments: [["MENU"], {}] });
  await remote.replay(recording);
  const again = await fetch(`${server.url}/v1/recording`, { method: "DELETE" });
  expect([again.status, (await again.json()).detail]).toEqual([
    404,
    expect.stringMatching(/GET \/v1\/recording gives/),
  ]);
  await remote.startRecording();
  expect((await (await fetch(`${server.url}/v1/recording`)).json()).steps).toEqual([]);
});

test("whoever asks which engine it is hears whether a recording is made, whoever began it", async () => {
  const told = async () => (await (await fetch(`${server.url}/v1/engine`)).json()).recording;
  const { paths } = await (await fetch(`${server.url}/openapi.json`)).json();
  const { schema } = paths["/v1/engine"].get.responses["200"].content["application/json"];
  expect(schema.properties.recording.type).toBe("boolean");
  expect(schema.required).toContain("recording");
  expect([await told(), await remote.isRecording()]).toEqual([false, false]);
  await remote.startRecording();
  const other = await connectRemoteEngine(server.url);
  expect([await told(), await other.isRecording()]).toEqual([true, true]);
  await other.stopRecording();
  expect([await told(), await remote.isRecording()]).toEqual([false, false]);
  await other.close();
});

test("a recording made over HTTP plays again, and fails where a screen is another", async () => {
  expect((await fetch(`${server.url}/v1/recording`, { method: "POST" })).status).toBe(204);
  await remote.press(["MENU", "OK"]);
  await remote.advance(60_000);
  const recording = await (await fetch(`${server.url}/v1/recording`, { method: "DELETE" })).json();
  expect(recording.steps).toHaveLength(2);
  expect((await post("/v1/recording/replay", recording)).status).toBe(204);
  recording.screen[0] = "another";
  const refused = await post("/v1/recording/replay", recording);
  expect(refused.status).toBe(422);
  expect((await refused.json()).detail).toMatch(/another/);
  const near = await engine.replay(recording).catch((error: unknown) => error);
  const far = await remote.replay(recording).catch((error: unknown) => error);
  expect(near).toMatchObject({ name: "RecordingMismatch", step: 0 });
  expect({ ...(far as object), message: (far as Error).message }).toEqual({
    ...(near as object),
    message: (near as Error).message,
  });
});

test("who asks for something while a recording is played gets it after its end", async () => {
  await remote.startRecording();
  await remote.keyDown("5");
  await remote.advance(300_000);
  await remote.keyUp("5");
  const recording = await remote.stopRecording();
  const begun = new Promise<void>((seen) => engine.onScreen(() => seen()));
  const played = remote.replay(recording);
  await begun;
  const other = await connectRemoteEngine(server.url);
  await Promise.all([played, other.advance(1000), other.press(["MENU"])]);
  const { start, steps } = recording;
  expect((await other.clock()).timeMs).toBe((start.now + steps.at(-1)!.endedUs) / 1000 + 1000 + 120);
  await expect(other.replay({ ...recording, serial: "OTHER" })).rejects.toMatchObject({
    fault: "invalid",
    message: expect.stringMatching(/of the token OTHER/),
  });
  await other.startRecording();
  await expect(remote.replay(recording)).rejects.toMatchObject({ message: expect.stringMatching(/end it first/) });
  await other.close();
});
