/**
 * A hostile host before a genuine interpreter: changed frames, and whatever opens a console, in between them and all through a cold boot.
 * Nothing is run of it: what would be run leaves a file in the token's flash, and would answer in other bytes than frames.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Engine } from "../../emulator/engine.ts";
import { EspruinoEngine } from "../../emulator/espruino/espruino-engine.ts";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { SEQUENCE } from "../../firmware/core/entries.ts";
import { wire } from "../../host-tools/crypto/node.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { encodeCommand } from "../../protocol/apdu/command.ts";
import { getData, TAG_TOKEN_INFORMATION } from "../../protocol/apdu/get-data.ts";
import { initializeUpdate } from "../../protocol/apdu/initialize-update.ts";
import { encodeFrame, FRAME_COMMAND, FRAME_RESET } from "../../protocol/framing/frame.ts";
import { FrameReader } from "../../protocol/framing/frame-reader.ts";
import { builtBundle, issuedFlash } from "../end-to-end/bank.ts";
import { forgedOrder, hostileFrame, textOf } from "../end-to-end/hostile-frames.ts";
import { remembered } from "../faults/cut-points.ts";
import { interpreter } from "./interpreter.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

const SERIAL = "OC-HOSTILE-1";
const MARK = "REPL WAS HERE";
/** What a console would run: typed, without an echo, after Ctrl-C, after an end of line. */
const RUN = `require("Storage").write("mark","${MARK.split("").join('"+"')}")`;
const CONSOLE = [`${RUN}\n`, `\x10${RUN}\n`, `\x03\x03\x03\n${RUN}\r\n`, `\x1b\x03${RUN}\n`, `\n\x10echo(1);${RUN}\n`];

const commands = [
  encodeCommand(getData(TAG_TOKEN_INFORMATION)),
  encodeCommand(initializeUpdate(0x30, new Uint8Array(8).fill(1))),
  encodeCommand(initializeUpdate(0, new Uint8Array(8).fill(2))),
  new Uint8Array(Buffer.from("8482330010051409c24eeba0774d76a2da4d2172f3", "hex")),
  new Uint8Array(Buffer.from("84d80081285739986545f2ab14c8787c6c6e57ac4d0615214819aa7a47cbb0e9728f5ff622", "hex")),
  ...forgedOrder(2_000_000_000),
];

const install = { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) };
/** What the flash holds; the token is off afterwards. */
async function flashOf(engine: Engine): Promise<Buffer> {
  await engine.powerOff();
  return Buffer.from(await engine.dumpFlash());
}

/** A little, for the token to work. Espruino for Linux has the time of the computer. */
const wait = (engine: Engine) =>
  engine.name === "espruino" ? new Promise<void>((resolve) => setTimeout(resolve, 10)) : engine.advance(50);

/** It answers who it is, once it has taken all that came before. */
async function expectAlive(engine: Engine, send = (text: string) => engine.send(text)): Promise<void> {
  const reader = new FrameReader(wire);
  const answers: string[] = [];
  const stop = engine.onSerial((direction, text) => {
    if (direction === "to-host")
      answers.push(...reader.push(text).map(({ payload }) => Buffer.from(payload).toString("latin1")));
  });
  const request = encodeCommand(getData(TAG_TOKEN_INFORMATION));
  await send(encodeFrame(wire, 1, FRAME_RESET, new Uint8Array(0)) + encodeFrame(wire, 2, FRAME_COMMAND, request));
  for (let waits = 0; waits < 3000 && !answers.some((answer) => answer.includes(SERIAL)); waits++) await wait(engine);
  stop();
  expect(answers.join("\n")).toContain(SERIAL);
}

/** @param send a frame that may get no answer @returns how many frames were sent */
async function besiege(engine: Engine, count: number, send: (text: string) => Promise<void>): Promise<number> {
  const before = remembered(await flashOf(engine));
  await engine.powerOn();
  const reader = new FrameReader(wire);
  const stop = engine.onSerial((direction, text) => {
    if (direction === "to-host") reader.push(text);
  });
  const frames = fc.sample(hostileFrame, { numRuns: count, seed: 20_260_101 });
  for (const [i, frame] of frames.entries()) {
    await send(textOf(commands, frame));
    if (i % 10 === 0) await send(CONSOLE[(i / 10) % CONSOLE.length]);
    // What it has not taken yet, its queue of input would drop.
    if (i % 25 === 0) await expectAlive(engine, send);
  }
  stop();
  expect(reader.dropped).toBe(0);
  await expectAlive(engine, send);
  const after = await flashOf(engine);
  expect(after.includes(MARK)).toBe(false);
  expect({ ...remembered(after), [SEQUENCE]: "" }).toEqual({ ...before, [SEQUENCE]: "" });
  return count;
}

// Reason to skip: the interpreter is the user's to supply; pico-keypad.test.ts says so in a line.
describe.skipIf(interpreter === undefined)("on a genuine Espruino", { timeout: 1_800_000 }, () => {
  test("ten thousand changed frames, and a console's commands among them, run nothing and change nothing", async () => {
    const engine = await EspruinoEngine.boot({
      ...(await builtBundle()),
      espruino: interpreter as string,
      install,
      flash: await issuedFlash(SERIAL),
      unixTime: 2_000_000_000,
    });
    try {
      console.log(`${await besiege(engine, 10_000, (text) => engine.send(text))} frames before Espruino for Linux`);
    } finally {
      await engine.close();
    }
  });
});

// Reason to skip: image and boot ROM are the user's to supply; mcu.test.ts says so in a line.
describe.skipIf(!rp2040Supplied)("on a simulated RP2040", { timeout: 1_800_000 }, () => {
  const boot = async () =>
    McuEngine.boot({
      ...(await builtBundle()),
      ...(await rp2040Files()),
      install,
      flash: await issuedFlash(SERIAL),
      unixTime: 2_000_000_000,
      speed: 0,
    });

  test("changed frames and a console's commands run nothing and change nothing", async () => {
    const engine = await boot();
    try {
      // Nobody waits for an answer: at `speed` 0, `send` would for seconds of the board's time.
      const send = async (text: string) => {
        // What it says to a port that was closed behind the answer before, nobody hears.
        engine.board.keepOpen();
        engine.board.receive(text);
        await engine.advance(20);
      };
      console.log(`${await besiege(engine, 500, send)} frames before the simulated RP2040`);
      expect(engine.board.faults).toEqual([]);
    } finally {
      await engine.close();
    }
  });

  /** From the first moment of power on, until long after the first picture. */
  const FLOOD_MS = 3000;
  const flood = `${"\x03".repeat(500)}${CONSOLE.join("")}`;
  test.each([
    { port: "USB", begin: (engine: McuEngine) => engine.board.receive(flood.repeat(10)) },
    { port: "the UART on GPIO 0 and 1", begin: (engine: McuEngine) => engine.board.receiveOnUart(flood.repeat(40)) },
  ])("a flood over $port all through a cold boot opens no console", async ({ begin }) => {
    const engine = await boot();
    try {
      await engine.powerOff();
      const heard: string[] = [];
      const stop = engine.onSerial((direction, text) => {
        if (direction === "to-host") heard.push(text);
      });
      engine.board.powerOn();
      begin(engine);
      await engine.advance(FLOOD_MS);
      stop();
      const reader = new FrameReader(wire);
      reader.push(heard.join(""));
      expect(reader.dropped).toBe(0);
      await expectAlive(engine);
      expect((await engine.screen()).lines.map(({ text }) => text.trim()).join("\n")).toContain("Press OK to start");
      expect((await flashOf(engine)).includes(MARK)).toBe(false);
    } finally {
      await engine.close();
    }
  });

  test("the same bytes open one where there is no boot file: the flood is one that would", async () => {
    const engine = await boot();
    try {
      await engine.powerOff();
      const flash = Buffer.from(await engine.dumpFlash());
      // Without their names nothing finds the boot files.
      for (const name of [".boot0", ".bootcde"])
        for (let at = flash.indexOf(name); at >= 0; at = flash.indexOf(name, at + 1))
          flash.fill(0, at, at + name.length);
      engine.board.flash.storage.set(flash);
      engine.board.powerOn();
      engine.board.receive(flood.repeat(3));
      await engine.advance(FLOOD_MS);
      expect((await flashOf(engine)).includes(MARK)).toBe(true);
    } finally {
      await engine.close();
    }
  });
});
