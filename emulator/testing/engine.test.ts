import { once } from "node:events";
import { SerialPort } from "serialport";
import { expect, test, vi } from "vitest";
import { codeOf, linesOf } from "./capture.ts";
import { bootEngine } from "./engine.ts";
import { smallBundle, smallManifest } from "./small-bundle.ts";
import { bootToken } from "./token.ts";

const text = async (engine: Awaited<ReturnType<typeof bootEngine>>) => linesOf(await engine.screen()).join("\n");

test("it is the token that the fixture boots, and time stands still", async () => {
  await using engine = await bootEngine({ port: false, unixTime: 1_800_000_000 });
  await using token = await bootToken({ port: false, unixTime: 1_800_000_000 });
  await engine.press(["MENU", "OK"]);
  token.press("MENU", "OK");
  expect(await text(engine)).toBe(token.text());
  expect((await engine.clock()).timeMs).toBe(token.machine.time);
  expect(() => codeOf(token)).toThrow(/A code was expected/);
  expect(engine).toMatchObject({ name: "fast", path: "" });
});

test("put back to a snapshot it is what it was, and what was recorded plays on another one", async () => {
  await using engine = await bootEngine({ port: false });
  const snapshot = await engine.snapshot();
  await engine.startRecording();
  await engine.press(["MENU"]);
  const about = await text(engine);
  const recording = await engine.stopRecording();
  await engine.restore(snapshot);
  expect(await text(engine)).not.toBe(about);
  await using another = await bootEngine({ port: false, seed: 2 });
  await another.replay(recording);
  expect(await text(another)).toBe(about);
});

const echo = smallBundle({
  start: `USB.on("data", function (text) {
    if (text === "!") throw new Error("choked");
    USB.write(text);
  });`,
});

test("a host on its port is answered; what the firmware threw meanwhile is thrown when it closes", async () => {
  const engine = await bootEngine({ bundle: echo, manifest: smallManifest });
  const host = new SerialPort({ path: engine.path, baudRate: 115200 });
  await once(host, "open");
  host.write("hello");
  const [answer] = await once(host, "data");
  expect(String(answer)).toBe("hello");
  const thrown = vi.fn();
  engine.onSerial(thrown);
  host.write("!");
  await vi.waitFor(() => expect(thrown).toHaveBeenCalledWith("to-token", "!"));
  await new Promise<void>((resolve) => host.close(() => resolve()));
  await expect(engine.close()).rejects.toThrow("choked");
  await expect(engine.press(["MENU"])).rejects.toThrow("closed");
});

test.each<[unknown, RegExp]>([
  [{ flsh: new Uint8Array(1) }, /bootEngine takes has engine, .*flash.*, not "flsh"/],
  [{ state: {} }, /not "state"/],
  [null, /bootEngine takes is an object, not null/],
  [{ engine: "quick" }, /the engines are fast, espruino, mcu, not "quick"/],
  [{ seed: -1.5 }, /seed is a whole number/],
  [{ speed: -1 }, /speed is a number from 0/],
  [{ port: 0 }, /port is true or false/],
  [{ port: false, announce: true }, /port: false leaves that out/],
  [{ image: new Uint8Array(1) }, /image is an option of mcu, not of fast/],
  [{ engine: "espruino", speed: 1 }, /speed is an option of fast and mcu, not of espruino/],
  [{ engine: "espruino", espruino: "" }, /needs espruino, the path of an Espruino for Linux, or ESPRUINO/],
  [{ engine: "espruino", espruino: "/no/such/program" }, /no interpreter/],
  [{ engine: "mcu", onError: () => {} }, /onError is an option of fast and espruino, not of mcu/],
  [{ engine: "mcu", bootrom: "bootrom.bin" }, /needs image, .* and bootrom, .* as Uint8Arrays/],
])("an engine is not booted from %o", async (wrong, message) => {
  await expect(bootEngine(wrong as object)).rejects.toThrow(message);
});

test("a token whose bundle was not built says how to build it", async () => {
  await expect(bootEngine({ board: "no-such-board" })).rejects.toThrow(/ochre build --board no-such-board/);
});
