/**
 * What anybody can ask of a token over HTTP, told of any engine in the same requests: each is done, or refused with the engine's reason
 * and nothing changed.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ApiServer, startApi } from "../../emulator/api/server.ts";
import type { Capabilities } from "../../emulator/engine.ts";
import type { TestEngine } from "../../emulator/testing/engine.ts";
import { rowsOfPng } from "../../emulator/testing/png-rows.ts";
import { wire } from "../../host-tools/crypto/node.ts";
import { encodeFrame, FRAME_RESET, FRAME_RESET_ACK } from "../../protocol/framing/frame.ts";
import { FrameReader } from "../../protocol/framing/frame-reader.ts";

export interface OverHttpOptions {
  /** A token from the factory, with `SERIAL` and a clock that shows `NOW`. */
  boot: () => Promise<TestEngine>;
  /** False where what the engine runs on was not supplied. */
  supplied?: boolean;
  /** Whether `advance` lets time pass. */
  advances: boolean;
  /** Whether the flash can be dumped while the power is on. */
  dumpsWithPower: boolean;
}

export const SERIAL = "OC-HTTP-1";
export const NOW = 1_800_000_000;
const FLASH_BYTES = 262_144;
const JSON_TYPE = "application/json";

/** Describes the requests for an engine, each test going on where the one before ended. */
export function describeOverHttp(name: string, options: OverHttpOptions): void {
  const { boot, supplied = true, advances, dumpsWithPower } = options;
  // Reason to skip: the interpreter is the user's to supply, and other files of its tests say so in a line.
  describe.skipIf(!supplied)(`a token on the engine ${name}, over HTTP`, { timeout: 300_000 }, () => {
    let engine: TestEngine;
    let api: ApiServer;
    let capabilities: Capabilities;
    beforeAll(async () => {
      engine = await boot();
      api = await startApi(engine, 0);
    }, 300_000);
    let failed = "";
    beforeEach((context) => {
      context.onTestFailed(() => void (failed ||= context.task.name));
      context.skip(failed !== "", `the requests broke off: ${failed}`);
    });
    afterAll(async () => {
      await api?.close();
      await engine?.close();
    });

    async function ask(method: string, path: string, body?: object) {
      const bytes = body instanceof Uint8Array;
      const response = await fetch(api.url + path, {
        method,
        headers: body === undefined ? {} : { "content-type": bytes ? "application/octet-stream" : JSON_TYPE },
        body: bytes ? new Uint8Array(body) : JSON.stringify(body),
      });
      const data = new Uint8Array(await response.arrayBuffer());
      const text = Buffer.from(data).toString();
      const json = /json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : undefined;
      return { status: response.status, data, text, json };
    }
    const done = async (...request: Parameters<typeof ask>) => {
      const answer = await ask(...request);
      expect(answer, answer.text).toMatchObject({ status: expect.toBeOneOf([200, 204]) });
      return answer;
    };
    const refused = async (kind: string, reason: RegExp, ...request: Parameters<typeof ask>) => {
      const { json, text } = await ask(...request);
      expect(json, text).toMatchObject({ type: `urn:ochre:problem:${kind}`, detail: expect.stringMatching(reason) });
    };
    const screen = async () => (await done("GET", "/v1/screen.txt")).text;
    const power = async () => (await done("GET", "/v1/power")).json;
    /** Done where the engine is able to, and otherwise refused as what it can't. */
    const ifAble = async (able: boolean, ...request: Parameters<typeof ask>) =>
      able ? (await done(...request)).json : refused("unsupported", /./, ...request);

    test("says which engine it is, and shows its screen as text and as a picture", async () => {
      const view = (await done("GET", "/v1/engine")).json;
      expect(view).toMatchObject({ name, serial: SERIAL, manifest: { board: "pico-keypad" } });
      capabilities = view.capabilities;
      expect(await screen()).toMatch(new RegExp(`OCHRE\\n *${SERIAL}\\n *Not personalised\\n`));
      const { pixels, width, height } = (await done("GET", "/v1/screen")).json;
      const bytes = Buffer.from(pixels, "base64");
      expect(bytes.some((byte) => byte !== 0)).toBe(true);
      const lit = (x: number, y: number) => (bytes[(y >> 3) * width + x] >> (y & 7)) & 1;
      const drawn = Array.from({ length: height }, (_, y) =>
        Array.from({ length: width }, (_, x) => lit(x, y)).join(""),
      );
      expect(rowsOfPng(Buffer.from((await done("GET", "/v1/screen.png?scale=1")).data))).toEqual(drawn);
      // Four pixels for one, where nothing is said.
      const large = rowsOfPng(Buffer.from((await done("GET", "/v1/screen.png")).data));
      expect(large.filter((_, y) => y % 4 === 2).map((row) => row.replace(/(.)\1{3}/g, "$1"))).toEqual(drawn);
    });

    test("its keys are pressed and held, and unknown ones are refused with those that there are", async () => {
      const { lines } = (await done("POST", "/v1/keys", { press: ["MENU", "OK"] })).json;
      expect(lines[1]).toEqual({ text: "1 Self-test", inverted: true });
      expect(await screen()).toContain("\n> 1 Self-test\n");
      const before = await screen();
      await refused("invalid", /the keys are 1 2 3/, "POST", "/v1/keys", { press: ["CLEAR", "ENTER"] });
      await refused("invalid", /bounceMs is a number/, "POST", "/v1/keys", { press: ["CLEAR"], bounceMs: 5000 });
      await refused("invalid", /the keys are/, "POST", "/v1/keys/ENTER/down");
      expect(await screen()).toBe(before);
      await done("POST", "/v1/keys", { press: ["CLEAR"], bounceMs: 5 });
      expect(await screen()).not.toBe(before);
      await done("POST", "/v1/keys/OFF/down");
      await done("POST", "/v1/keys/OFF/up");
      await done("POST", "/v1/keys", { press: ["OFF"] });
    });

    test("its clock is set and drifts; time passes as the engine lets it", async () => {
      expect((await done("GET", "/v1/clock")).json).toMatchObject({ lostPower: false, driftPpm: 0, temperatures: [] });
      const change = { unixTime: NOW + 86_400, driftPpm: 20, temperatures: [10, 35] };
      const { unixTime, ...clock } = (await done("PATCH", "/v1/clock", change)).json;
      expect(clock).toMatchObject({ driftPpm: 20, temperatures: [10, 35] });
      expect(unixTime - change.unixTime).toBeGreaterThanOrEqual(0);
      expect(unixTime - change.unixTime).toBeLessThan(60);
      await refused("invalid", /from 946684800 \(2000\)/, "PATCH", "/v1/clock", { unixTime: -1, driftPpm: 5 });
      await refused("invalid", /driftPpm is a number/, "PATCH", "/v1/clock", { driftPpm: 1e12 });
      await refused(advances ? "invalid" : "unsupported", /time/, "POST", "/v1/clock/advance", { ms: -1 });
      expect((await done("GET", "/v1/clock")).json).toMatchObject({ driftPpm: 20, temperatures: [10, 35] });
      const { timeMs } = (await done("GET", "/v1/clock")).json;
      const later = await ifAble(advances, "POST", "/v1/clock/advance", { ms: 500 });
      if (advances) expect(later.timeMs - timeMs).toBeGreaterThanOrEqual(500);
      if (capabilities.timeTravel) await done("POST", "/v1/clock/advance", { ms: 365 * 86_400_000 });
    });

    test("its power goes and comes; an empty battery takes it, and a good one lets it come back", async () => {
      await done("POST", "/v1/power/off");
      expect(await power()).toMatchObject({ on: false });
      expect(await screen()).toBe("");
      await refused("no-power", /no power/, "POST", "/v1/keys", { press: ["OK"] });
      await refused("no-power", /no power/, "POST", "/v1/serial", { text: "x" });
      await done("POST", "/v1/power/on");
      expect(await screen()).toContain("Not personalised");
      await refused("invalid", /0 to 5.5/, "PUT", "/v1/power/battery", { volts: 9 });
      await done("PUT", "/v1/power/battery", { volts: 1.2 });
      expect(await power()).toMatchObject({ on: false, batteryVolts: 1.2 });
      await refused("no-power", /the battery has 1.2 V/, "POST", "/v1/power/on");
      await done("PUT", "/v1/power/battery", { volts: 4.5 });
      await done("POST", "/v1/power/on");
      expect(await power()).toMatchObject({ on: true, batteryVolts: 4.5 });
    });

    test("its line loses the bytes that it was told to, and no more; the token answers the rest", async () => {
      expect(capabilities.serialFaults).toBe(true);
      const fault = { direction: "to-token", kind: "drop", every: 2, count: 2 };
      await done("PUT", "/v1/serial/faults", { faults: [fault] });
      await refused("invalid", /every/, "PUT", "/v1/serial/faults", { faults: [{ ...fault, every: 0 }] });
      expect((await done("GET", "/v1/serial/faults")).json).toEqual({ faults: [fault] });
      const passed = { "to-token": "", "to-host": "" };
      const stop = engine.onSerial((direction, text) => (passed[direction] += text));
      // What is no frame is passed over; the token answers what is one.
      const reset = encodeFrame(wire, 9, FRAME_RESET, new Uint8Array(0));
      await done("POST", "/v1/serial", { text: `abcdef${reset}` });
      await refused("invalid", /up to U\+00FF/, "POST", "/v1/serial", { text: "\u1ec1" });
      const answers = () => new FrameReader(wire).push(passed["to-host"]).map(({ type }) => type);
      await expect.poll(answers, { timeout: 30_000 }).toEqual([FRAME_RESET_ACK]);
      stop();
      expect(passed["to-token"]).toBe(`acef${reset}`);
      expect((await done("GET", "/v1/serial/faults")).json).toEqual({ faults: [] });
    });

    test("its flash is dumped, loaded, cut and disturbed, as far as the engine can", async () => {
      if (dumpsWithPower) expect((await done("GET", "/v1/flash")).data).toHaveLength(FLASH_BYTES);
      else await refused("conflict", /power is off/, "GET", "/v1/flash");
      await refused("conflict", /power is off/, "PUT", "/v1/flash", new Uint8Array(FLASH_BYTES));

      const armed = await ifAble(capabilities.flashFaults, "POST", "/v1/power/cut", { operation: 7, tear: 0.5 });
      if (armed) expect(armed.cutAtFlashOperation).toBe(armed.flashOperations + 7);
      if (armed) await refused("invalid", /tear/, "POST", "/v1/power/cut", { operation: 1, tear: 2 });
      expect((await power()).cutAtFlashOperation).toBe(armed?.cutAtFlashOperation);
      await ifAble(capabilities.flashFaults, "POST", "/v1/power/cut", { operation: 0 });
      expect((await power()).cutAtFlashOperation).toBeUndefined();

      await done("POST", "/v1/power/off");
      const { data } = await done("GET", "/v1/flash");
      expect(data).toHaveLength(FLASH_BYTES);
      const hex = Buffer.from(data).toString("hex");
      const flash = async () => Buffer.from((await done("GET", "/v1/flash")).data).toString("hex");
      await ifAble(capabilities.flashFaults, "POST", "/v1/flash/flip", { bits: [8 * 4096 * 40] });
      if (capabilities.flashFaults) {
        expect(await flash()).not.toBe(hex);
        await done("POST", "/v1/flash/flip", { bits: [8 * 4096 * 40] });
      }
      await refused("invalid", /262144/, "PUT", "/v1/flash", new Uint8Array(9));
      expect(await flash()).toBe(hex);
      await done("PUT", "/v1/flash", data);
      await done("POST", "/v1/power/on");
      expect(await screen()).toContain("Not personalised");
    });

    test("it is kept and put back, and a session is written down and played, as far as the engine can", async () => {
      const snapshot = await ifAble(capabilities.snapshot, "POST", "/v1/snapshot");
      await done("POST", "/v1/recording");
      await done("POST", "/v1/keys", { press: ["MENU"] });
      const about = await screen();
      const { json: recording } = await done("DELETE", "/v1/recording");
      expect(recording.steps).toMatchObject([{ call: "press", arguments: [["MENU"], {}] }]);
      if (snapshot) await done("PUT", "/v1/snapshot", snapshot);
      if (snapshot) expect(await screen()).not.toBe(about);
      await ifAble(capabilities.timeTravel, "POST", "/v1/recording/replay", recording);
      expect(await screen()).toBe(about);
      await refused("not-found", /POST \/v1\/recording/, "DELETE", "/v1/recording");
    });
  });
}
