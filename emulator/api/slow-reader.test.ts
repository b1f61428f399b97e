/** Readers of `/v1/frames` that don't keep up, stall or leave: the emulator must not keep for them what they never fetch. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Engine, EngineError, type Screen, type Sound } from "../engine.ts";
import { FastEngine } from "../fast/fast-engine.ts";
import { RecordingEngine } from "../recording.ts";
import { smallBundle, smallManifest } from "../testing/small-bundle.ts";
import { fixtureInstallation } from "../testing/token.ts";
import { type Api, createApi } from "./app.ts";
import { EventReader } from "./event-stream.ts";

const MIB = 1024 * 1024;
let app: Api;
let picture: Screen;
/** Whoever listens, and what is heard. */
const listeners = {
  screen: new Set<(screen: Screen) => void>(),
  serial: new Set<(...heard: never[]) => void>(),
  sound: new Set<(sound: Sound) => void>(),
};
/** The server's ends of its connections. */
let sockets: Socket[];
/** Held back while somebody else is at the engine. */
let screen: () => Promise<Screen>;

beforeEach(async () => {
  const engine = await FastEngine.boot({
    bundle: smallBundle(),
    manifest: smallManifest,
    install: fixtureInstallation,
  });
  picture = await engine.screen();
  screen = async () => picture;
  const listen = (calls: Set<unknown>) => (call: unknown) => {
    calls.add(call);
    return () => calls.delete(call);
  };
  const loud = new Proxy(engine as Engine, {
    get: (target, name) => {
      if (name === "screen") return () => screen();
      if (name === "onScreen") return listen(listeners.screen);
      if (name === "onSerial") return listen(listeners.serial);
      if (name === "onSound") return listen(listeners.sound);
      return Reflect.get(target, name);
    },
  });
  app = await createApi(new RecordingEngine(loud));
  sockets = [];
  app.server.on("connection", (socket) => sockets.push(socket));
  await app.listen({ port: 0, host: "127.0.0.1" });
});
afterEach(async () => {
  vi.useRealTimers();
  await app.close();
});

/** A client that asked for the stream and has read nothing yet. */
async function ask(): Promise<Socket> {
  const { port } = app.server.address() as AddressInfo;
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(`GET /v1/frames HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  return socket;
}
const heard = () => vi.waitFor(() => expect(listeners.screen.size).toBe(1));
const forgotten = () => vi.waitFor(() => expect(Object.values(listeners).map(({ size }) => size)).toEqual([0, 0, 0]));
const show = (frame: number) => {
  for (const call of listeners.screen) call({ ...picture, frame });
};
const say = (text: string) => {
  for (const call of listeners.serial) (call as (...heard: string[]) => void)("to-host", text);
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("one who reads nothing misses pictures, and gets the last one when he reads again", async () => {
  const client = await ask();
  await heard();
  for (let frame = 1; frame <= 20_000; frame++) {
    show(frame);
    if (frame % 100 === 0) await turn();
  }
  expect(sockets[0].writableLength).toBeLessThan(2 * MIB);
  const reader = new EventReader();
  const frames: number[] = [];
  client.setEncoding("latin1").on("data", (piece: string) => {
    // Pieces of chunked transfer are no lines of an event.
    for (const { data } of reader.read(piece.replace(/\r\n[0-9a-f]+\r\n/g, ""))) {
      const frame = /"frame":(\d+)/.exec(data);
      if (frame) frames.push(Number(frame[1]));
    }
  });
  await vi.waitFor(() => expect(frames.at(-1)).toBe(20_000), 10_000);
  expect(frames.length).toBeLessThan(20_000);
  expect(frames).toEqual([...frames].sort((one, other) => one - other));
  client.destroy();
  await forgotten();
});

test("one who lets the line's bytes lie is let go: with some left out they would mean something else", async () => {
  const client = await ask();
  await heard();
  for (let piece = 0; piece < 2000 && listeners.serial.size > 0; piece++) {
    say("x".repeat(16_384));
    expect(sockets[0].writableLength).toBeLessThan(6 * MIB);
    await turn();
  }
  await forgotten();
  expect(sockets[0].destroyed).toBe(true);
  client.destroy();
});

test("one who takes nothing in for half a minute is let go, one who has nothing to take in is not", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const [stalled, idle] = [await ask(), await ask()];
  idle.resume();
  await vi.waitFor(() => expect(listeners.screen.size).toBe(2));
  while (!sockets.some((socket) => socket.writableLength > MIB)) {
    show(1);
    await turn();
  }
  // The idle one has read all that he was sent.
  await vi.waitFor(() => expect(sockets.filter((socket) => socket.writableLength === 0)).toHaveLength(1));
  vi.advanceTimersByTime(15_000);
  await turn();
  expect(listeners.screen.size).toBe(2);
  vi.advanceTimersByTime(15_000);
  await vi.waitFor(() => expect(listeners.screen.size).toBe(1));
  vi.advanceTimersByTime(60_000);
  await turn();
  expect(listeners.screen.size).toBe(1);
  stalled.destroy();
  idle.destroy();
  await forgotten();
});

test("one who leaves while the engine is at work is never listened for", async () => {
  const work = Promise.withResolvers<Screen>();
  const asked = Promise.withResolvers<void>();
  screen = () => {
    asked.resolve();
    return work.promise;
  };
  const client = await ask();
  await asked.promise;
  const left = once(sockets[0], "close");
  client.destroy();
  await left;
  work.resolve(picture);
  await turn();
  await turn();
  expect(listeners.screen.size).toBe(0);
});

test("one who waits while the engine is at work gets the last picture of that time, and what passed on the line", async () => {
  const work = Promise.withResolvers<Screen>();
  const asked = Promise.withResolvers<void>();
  screen = () => {
    asked.resolve();
    return work.promise;
  };
  const client = await ask();
  await asked.promise;
  for (const frame of [41, 42]) show(frame);
  say("meanwhile");
  let text = "";
  client.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  work.resolve(picture);
  await vi.waitFor(() => expect(text).toMatch(/meanwhile/));
  expect(text.match(/event: \w+|"frame":\d+/g)).toEqual(["event: screen", '"frame":42', "event: serial"]);
  client.destroy();
  await forgotten();
});

test("one who leaves is forgotten", async () => {
  const clients = await Promise.all(Array.from({ length: 20 }, ask));
  await vi.waitFor(() => expect(listeners.screen.size).toBe(20));
  for (const client of clients) client.destroy();
  await forgotten();
});

test("one for whom the engine has no screen gets the problem, not a stream", async () => {
  screen = () => Promise.reject(new EngineError("failed", "the engine is closed"));
  const client = await ask();
  const [answer] = (await once(client, "data")) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1.1 500 (.|\r\n)*application\/problem\+json/);
  await forgotten();
  client.destroy();
});
