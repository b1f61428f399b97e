/** Power that is lost while the boot file is written, at each operation of the flash, on the genuine Espruino of a simulated RP2040. */
import { setImmediate } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { bootRom } from "../../emulator/mcu/boot-rom.ts";
import { flashOfImage } from "../../emulator/mcu/flash-image.ts";
import { Rp2040Board } from "../../emulator/mcu/rp2040-board.ts";
import type { Line } from "../../host-tools/device/frame-transport.ts";
import { PortError } from "../../host-tools/device/port-error.ts";
import { EspruinoConsole } from "../../host-tools/flash/espruino-console.ts";
import type { FlashManifest } from "../../host-tools/flash/flash-manifest.ts";
import { firmwareImage } from "../../host-tools/flash/image.ts";
import { firstSlot, reserveFile, writeBootFile, writeImage } from "../../host-tools/flash/storage.ts";
import { builtBundle } from "../end-to-end/bank.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

/** Answers whatever it hears with "alive", so that it can be told from a console and from nothing. */
const BUNDLE = '({start:function(){USB.on("data",function(){USB.write("alive")})}})';
const ANSWER_MS = 20_000;
const START_MS = 500;
const TURN_MS = 20;

// Reason to skip: image and boot ROM are the user's to supply; mcu.test.ts says so in a line.
describe.skipIf(!rp2040Supplied)("a boot file that is written while power is lost", { timeout: 600_000 }, () => {
  let manifest: Awaited<ReturnType<typeof builtBundle>>["manifest"] & FlashManifest;
  let rom: Uint32Array;
  /** A chip that lacks nothing but the boot file. */
  let ready: Uint8Array;

  beforeAll(async () => {
    manifest = (await builtBundle()).manifest as typeof manifest;
    const { image, bootrom } = await rp2040Files();
    rom = bootRom(bootrom);
    const { board, line } = boot(flashOfImage(image), 1);
    const console = await awake(board, line);
    const { images, imagesFileBytes } = manifest.storage;
    const put = async () => {
      await reserveFile(console, images, "OCHRE images", imagesFileBytes);
      const slot = await firstSlot(console, images);
      await writeImage(console, images, slot, firmwareImage(BUNDLE, { ...manifest, files: {} }));
    };
    await running(board, put());
    ready = board.flash.bytes.slice(0, 0x200000);
  });

  function boot(flash: Uint8Array, seed: number) {
    const board = new Rp2040Board({ rom, flash, manifest, plugged: true, seed });
    const line: Line = {
      path: "board",
      write: async (text) => board.receive(text),
      close: async () => {},
      onText: () => {},
      onEnd: () => {},
    };
    board.onLine = (direction, text) => {
      if (direction === "to-host") line.onText(text);
    };
    board.powerOn();
    return { board, line };
  }

  /** Lets the board's time pass until the work is done; a loss of power ends the line. */
  async function running<T>(board: Rp2040Board, work: Promise<T>, line?: Line): Promise<T> {
    let over = false;
    const done = work.finally(() => {
      over = true;
    });
    done.catch(() => {}); // it is awaited below
    while (!over && board.powered) {
      board.run(1, TURN_MS);
      await setImmediate();
    }
    if (!board.powered) line?.onEnd(new PortError("vanished", "board", "power was lost"));
    return done;
  }

  async function awake(board: Rp2040Board, line: Line): Promise<EspruinoConsole> {
    const console = new EspruinoConsole(line, ANSWER_MS);
    board.run(START_MS);
    expect(await running(board, console.wake(ANSWER_MS))).toBe(true);
    return console;
  }

  /** What a board does that starts from this flash: its console answers, or its bundle does. */
  async function startsAs(flash: Uint8Array, seed: number): Promise<string> {
    const { board, line } = boot(flash, seed);
    board.run(START_MS);
    let heard = "";
    line.onText = (text) => {
      heard += text;
    };
    board.receive('\x10print("con"+"sole")\n');
    for (const end = board.time + 3 * START_MS; heard === "" && board.time < end; ) board.run(1);
    board.run(10);
    if (heard.includes("console")) return "console";
    return heard.includes("alive") ? "bundle" : `nothing: ${JSON.stringify(heard)}`;
  }

  test("leaves a board whose console is open, until the very last operation closes it and starts the bundle", async () => {
    const { storage, bootFile } = manifest;
    const write = (console: EspruinoConsole) => writeBootFile(console, storage.boot, bootFile);
    const uncut = boot(ready, 1);
    const before = uncut.board.flash.operations;
    await running(uncut.board, write(await awake(uncut.board, uncut.line)));
    const operations = uncut.board.flash.operations - before;
    expect(await startsAs(uncut.board.flash.bytes.slice(0, 0x200000), 1)).toBe("bundle");

    const seen: Record<string, string[]> = {};
    for (let operation = 1; operation <= operations; operation++) {
      const last = operation === operations;
      for (const [tear, seed] of last ? [0, 0.3, 0.5, 0.7, 0.9, 1].map((share, i) => [share, i]) : [[0.5, 1]]) {
        const { board, line } = boot(ready, seed);
        const console = await awake(board, line);
        board.flash.cut = { at: board.flash.operations + operation, tear };
        await expect(running(board, write(console), line)).rejects.toMatchObject({ fault: "vanished" });
        const is = await startsAs(board.flash.bytes.slice(0, 0x200000), seed);
        (seen[is] ??= []).push(`${operation} of ${operations}, ${tear}`);
        if (!last || tear === 0) expect(is, `cut at operation ${operation}, ${tear} of it done`).toBe("console");
      }
    }
    expect(Object.keys(seen).sort()).toEqual(["bundle", "console"]);
    expect(seen.bundle).toContain(`${operations} of ${operations}, 1`);
  });
});
