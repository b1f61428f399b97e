import { once } from "node:events";
import fc from "fast-check";
import { SerialPort } from "serialport";
import { expect, test, vi } from "vitest";
import { readBuilt } from "../built.ts";
import { EngineError } from "../engine.ts";
import { FastEngine } from "../fast/fast-engine.ts";
import { bootEngine } from "./engine.ts";
import { smallBundle, smallManifest } from "./small-bundle.ts";
import { bootToken, fixtureInstallation } from "./token.ts";

/** One glyph a key, so that what was pressed can be read on the display. */
const glyphs = new Uint8Array(96 * 12).map((_, i) => (i % 6 === 5 || i < 12 ? 0 : (i * 37 + (i >> 3) * 11) & 0xff));
const manifest = {
  ...smallManifest,
  codePage: Array.from({ length: 256 }, (_, code) => (code >= 0x20 && code < 0x80 ? String.fromCharCode(code) : "")),
  fonts: [{ name: "text", width: 6, height: 16, first: 0x20, glyphs: Buffer.from(glyphs).toString("base64") }],
};
/** Shows what is typed on the four rows of the keypad's first column, line by line; answers the host with what it sent. */
const bundle = smallBundle({
  declarations: `
    var glyphs = E.toUint8Array(atob("${Buffer.from(glyphs).toString("base64")}"));
    var line = 0, at = 0, waiting = 0;
    function draw(text, invert) {
      I2C1.writeTo(0x3c, [0, 0x21, 0, 127, 0x22, line * 2, line * 2 + 1]);
      var row = new Uint8Array(256);
      for (var i = 0; i < text.length; i++) for (var p = 0; p < 2; p++) for (var x = 0; x < 6; x++)
        row[p * 128 + i * 6 + x] = glyphs[(text.charCodeAt(i) - 32) * 12 + p * 6 + x];
      if (invert) for (var j = 0; j < 256; j++) row[j] ^= 0xff;
      I2C1.writeTo(0x3c, 0x40, row);
    }`,
  start: `
    I2C1.setup({ sda: D4, scl: D5, bitrate: 400000 });
    I2C1.writeTo(0x3c, [0, 0xae, 0x8d, 0x14, 0x20, 0, 0xa1, 0xc8, 0xaf]);
    for (line = 3; line >= 0; line--) draw("");
    line = 0;
    digitalWrite([D6, D7, D8, D9], 0);
    pinMode(D10, "input_pullup");
    setWatch(function () { draw("key " + line, line === 1); line++; }, D10, { repeat: true, edge: "falling" });
    USB.on("data", function (text) {
      if (text === "!") throw new Error("choked");
      setTimeout(function () { USB.write(text); }, 20);
    });`,
});

test("keys are pressed and the screen is read back, the chosen line marked", async () => {
  await using token = await bootToken({ bundle, manifest, port: false });
  expect(token.screen()).toEqual(["", "", "", ""]);
  token.press("1", "4", "7");
  expect(token.screen()).toEqual(["key 0", "> key 1", "key 2", ""]);
  expect(token.text()).toBe("key 0\n> key 1\nkey 2\n");
  expect(token.chosen()).toBe("key 1");
  expect(token.machine.time).toBe(360);
  expect(token.picture().split("\n")).toHaveLength(34);
  expect(token.picture()).toMatch(/[▀▄█]/);
});

test("an unknown key is refused with the list of keys", async () => {
  await using token = await bootToken({ bundle, manifest, port: false });
  expect(() => token.press("ENTER")).toThrow(/CLEAR 0 OK MENU/);
});

test("of keys with an unknown one among them none is pressed", async () => {
  await using token = await bootToken({ bundle, manifest, port: false });
  expect(() => token.press("1", "ENTER")).toThrow(expect.objectContaining({ fault: "invalid" }));
  expect(token.machine.time).toBe(0);
  expect(token.screen()).toEqual(["", "", "", ""]);
});

test("a token without power takes neither keys nor bytes, and says why", async () => {
  await using token = await bootToken({ bundle, manifest, port: false });
  token.powerOff();
  for (const call of [() => token.press("1"), () => token.send("hello")])
    expect(call).toThrow(expect.objectContaining({ fault: "no-power", message: expect.stringMatching(/no power/) }));
  token.machine.batteryVolts = 1.5;
  expect(() => token.powerOn()).toThrow(expect.objectContaining({ fault: "no-power" }));
  expect(token.machine.time).toBe(0);
});

test("a host's bytes are answered without a port, too; what is no byte is refused", async () => {
  await using token = await bootToken({ bundle, manifest, port: false });
  let answer = "";
  token.machine.onTransmit = (text) => (answer += text);
  token.send("hello");
  expect(answer).toBe("hello");
  expect(token.machine.time).toBe(20);
  expect(() => token.send("\u1ec1")).toThrow(/up to U\+00FF/);
  expect(() => token.send("!")).toThrow("choked");
});

test("keys that wait when the power goes are refused, with how many were not", async () => {
  const cutting = smallBundle({
    start: `digitalWrite([D6, D7, D8, D9], 0);
      pinMode(D10, "input_pullup");
      setWatch(function () { require("Storage").write("pressed", "1"); }, D10, { repeat: true, edge: "falling" });`,
  });
  await using token = await bootToken({ bundle: cutting, manifest, port: false });
  const { machine } = token;
  machine.cut = { index: machine.flash.operations, tear: 0 };
  expect(() => token.press("2", "1", "4")).toThrow("the power was gone after 2 of 3 keys");
  token.powerOn();
  machine.cut = { index: machine.flash.operations, tear: 0 };
  token.press("2", "1");
  expect(machine.powered).toBe(false);
});

test.each<[unknown, RegExp]>([
  [{ flsh: new Uint8Array(1) }, /bootToken takes has .*flash.*, not "flsh"/],
  [{ seed: -1.5 }, /seed is a whole number/],
  [{ unixTime: "now" }, /Unix times/],
  [{ flash: new Uint8Array(9) }, /the flash has/],
  [{ state: null }, /a token without power is an object/],
  [{ state: { now: 0 } }, /clock/],
  [{ trustedFirmware: ["newer"] }, /64 hexadecimal digits/],
  [{ install: { serial: "X" } }, /install\.keyVersion/],
  [{ port: 0 }, /port is true or false/],
  [{ port: false, link: "/tmp/token" }, /port: false leaves that out/],
])("a token is not booted from %o", async (wrong, message) => {
  await expect(bootToken(Object.assign({ bundle, manifest, port: false }, wrong) as object)).rejects.toThrow(message);
});

test("a state in which anything is something else is refused before anything is made of it, or is a token's", async () => {
  const token = await bootToken({ bundle, manifest, port: false });
  token.machine.flash.program(Uint8Array.of(1, 2, 3), token.machine.flash.start);
  token.powerOff();
  const state = token.machine.state!;
  await bootToken({ bundle, manifest, port: false, state });
  const [page, bytes] = state.pages[0];
  const more = [
    { pages: [[page, bytes.subarray(1)]] },
    { pages: [[64, bytes]] },
    { pages: [[page, [...bytes]]] },
    { pages: [state.pages[0], state.pages[0]] },
  ];
  const names = fc.constantFrom(...(Object.keys(state) as (keyof typeof state)[]));
  const values = fc.oneof(fc.anything(), fc.constantFrom(-1, 0.5, Number.NaN, 2 ** 60, "", [], {}, null));
  const wrong = fc.oneof(
    fc.tuple(names, values).map(([name, value]) => ({ [name]: value })),
    fc.constantFrom(...more),
  );
  await fc.assert(
    fc.asyncProperty(wrong, async (change) => {
      const given = { bundle, manifest, port: false, state: { ...state, ...change } as typeof state };
      const refused: unknown = await bootToken(given).then(
        (booted) => void booted.press("1"),
        (error: unknown) => error,
      );
      if (refused !== undefined) expect(refused).toBeInstanceOf(EngineError);
    }),
  );
  for (const change of more)
    await expect(bootToken({ bundle, manifest, port: false, state: { ...state, ...change } as never })).rejects.toThrow(
      expect.objectContaining({ fault: "invalid" }),
    );
});

test.each<[object, RegExp]>([
  [{ bundle }, /go together, and manifest is missing/],
  [{ manifest }, /go together, and bundle is missing/],
  [{ bundle, manifest, board: "pico-buttons" }, /the manifest is of the board .*, not of "pico-buttons"/],
])("a bundle without its manifest is not swapped for the built one: %#", async (half, message) => {
  await expect(bootToken({ ...half, port: false })).rejects.toThrow(message);
  await expect(bootEngine({ ...half, port: false })).rejects.toThrow(message);
});

test("what is no duration is refused, and no time passes", async () => {
  await using token = await bootToken({ bundle, manifest, port: false });
  for (const [wrong, message] of [
    [{ weeks: 1 }, /ms, seconds, minutes, hours, days, not "weeks"/],
    [1000, /a duration such as \{ seconds: 1 \} is an object, not 1000/],
    [undefined, /not undefined/],
    [{ days: -1 }, /days is a number from 0/],
    [{ seconds: "1" }, /seconds is a number/],
    [{ days: 1e9 }, /a duration in milliseconds/],
  ] as [never, RegExp][])
    expect(() => token.advance(wrong)).toThrow(message);
  expect(token.machine.time).toBe(0);
});

test("time passes in the units that a test thinks in", async () => {
  await using token = await bootToken({ bundle, manifest, port: false, unixTime: 1_800_000_000 });
  token.advance({ days: 1, hours: 2, minutes: 3, seconds: 4, ms: 5 });
  expect(token.machine.time).toBe(93_784_005);
  expect(token.machine.clock.unixTime).toBeCloseTo(1_800_093_784.005);
});

test("a host on the port gets its answer while virtual time stands still for everybody else", async () => {
  await using token = await bootToken({ bundle, manifest });
  const host = new SerialPort({ path: token.path, baudRate: 115200 });
  await once(host, "open");
  host.write("hello");
  const [answer] = await once(host, "data");
  expect(String(answer)).toBe("hello");
  expect(token.machine.time).toBe(20);
  await new Promise<void>((resolve) => host.close(() => resolve()));
});

test("what the firmware throws while a host's bytes are handled reaches the test", async () => {
  const token = await bootToken({ bundle, manifest });
  const host = new SerialPort({ path: token.path, baudRate: 115200 });
  await once(host, "open");
  host.write("!");
  await vi.waitFor(() => expect(() => token.screen()).toThrow("choked"));
  await new Promise<void>((resolve) => host.close(() => resolve()));
  await token.close();
});

test("the power goes and comes back over the same flash", async () => {
  await using token = await bootToken({ bundle, manifest, port: false });
  token.press("1");
  token.powerOff();
  expect(token.screen()).toEqual(["", "", "", ""]);
  token.powerOn();
  expect(token.screen()).toEqual(["", "", "", ""]);
  token.press("1");
  expect(token.screen()[0]).toBe("key 0");
});

test("a token whose bundle was not built says how to build it", async () => {
  await expect(bootToken({ board: "no-such-board" })).rejects.toThrow(/ochre build --board no-such-board/);
});

test("the fixture's installation has a serial number and three keys", () => {
  expect(fixtureInstallation.serial).toMatch(/^[\x21-\x7e]{1,16}$/);
  for (const key of [fixtureInstallation.enc, fixtureInstallation.mac, fixtureInstallation.dek])
    expect(key).toHaveLength(16);
});

test("a duration of its own is no span of an engine's, which is told to be in milliseconds", async () => {
  const engine = await FastEngine.boot({ ...(await readBuilt("pico-keypad")), install: fixtureInstallation });
  await expect(engine.advance({ days: 1 } as unknown as number)).rejects.toThrow(/in milliseconds here.*an object/);
  await expect(engine.advance(-1)).rejects.toThrow(/a span of time in milliseconds is a number from 0/);
  await engine.close();
});
