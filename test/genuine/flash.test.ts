/** A board with a fresh Espruino becomes a token, through a real serial port: `ochre flash` on a simulated RP2040. */
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { DrawnPictures } from "../../emulator/drawn-pictures.ts";
import { flashOfImage } from "../../emulator/mcu/flash-image.ts";
import { openSerialLine } from "../../host-tools/device/serial-port.ts";
import { bootRomCopy } from "../../host-tools/flash/boot-rom-model.ts";
import { EspruinoConsole } from "../../host-tools/flash/espruino-console.ts";
import { type FlashOrder, flashToken } from "../../host-tools/flash/flash.ts";
import type { FlashManifest } from "../../host-tools/flash/flash-manifest.ts";
import { imageThatErases, writeUf2 } from "../../host-tools/flash/uf2.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { builtBundle } from "../end-to-end/bank.ts";
import { BoardOnPort } from "./board-on-port.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

const SERIAL = "OC-FLASH-1";
/** A simulator on a busy machine takes seconds for what a board does in a tenth. */
const PATIENCE = { answerMs: 8000, restartMs: 120_000 };

// Reason to skip: image and boot ROM are the user's to supply; mcu.test.ts says so in a line.
describe.skipIf(!rp2040Supplied)("a board that runs a genuine Espruino", { timeout: 600_000 }, () => {
  let bundle: string;
  let manifest: Awaited<ReturnType<typeof builtBundle>>["manifest"] & FlashManifest;
  let image: Uint8Array;
  let bootrom: Uint8Array;
  const boards: BoardOnPort[] = [];
  beforeAll(async () => {
    const built = await builtBundle();
    bundle = built.bundle;
    manifest = built.manifest as typeof manifest;
    ({ image, bootrom } = await rp2040Files());
  });
  afterEach(async () => {
    for (const board of boards.splice(0)) await board.pull();
  });

  async function plugIn(flash = flashOfImage(image)): Promise<BoardOnPort> {
    const board = new BoardOnPort(manifest, bootrom, flash);
    boards.push(board);
    await board.plugIn();
    return board;
  }

  /** Flashes the board. @param watch told of each step, and of the bytes that are done */
  async function flash(on: BoardOnPort, change: Partial<FlashOrder> = {}, watch: (done: number) => void = () => {}) {
    const steps: string[] = [];
    const keys = laboratoryTransportKeys(SERIAL);
    const order = { path: on.path, open: openSerialLine, bundle, manifest, ...PATIENCE, ...change };
    const flashed = await flashToken(
      { identity: { serial: SERIAL, keys }, ...order },
      { step: ({ step }) => steps.push(step), progress: watch },
    );
    return { ...flashed, steps };
  }

  function screen({ board }: BoardOnPort): string {
    const pictures = new DrawnPictures(board.display, manifest);
    pictures.look();
    return pictures.screen.lines.map((line) => line.text.trim()).join("\n");
  }

  /** Types into the console of a board. */
  async function typed<T>(on: BoardOnPort, use: (console: EspruinoConsole) => Promise<T>): Promise<T> {
    const line = await openSerialLine(on.path);
    try {
      const console = new EspruinoConsole(line, PATIENCE.answerMs);
      expect(await console.wake(PATIENCE.answerMs)).toBe(true);
      return await use(console);
    } finally {
      await line.close();
    }
  }

  test("becomes a token that is ready to be personalised, and is refused the second time", async () => {
    const on = await plugIn();
    const { steps, image: written, token } = await flash(on);
    expect(steps).toEqual([
      ...["found", "erased", "reserved", "reserved", "written", "loaded", "installed", "armed"],
      ...["answers", "closed"],
    ]);
    expect(written.bytes).toBeGreaterThan(bundle.length);
    expect(token).toMatchObject({ serial: SERIAL, boardName: "pico-keypad", state: 1, keyVersion: 1 });
    expect(screen(on)).toBe(`OCHRE\n${SERIAL}\nNot personalised\nTake it to your bank`);

    const before = Buffer.from(on.board.flash.bytes);
    await expect(flash(on)).rejects.toMatchObject({
      fault: "locked",
      message: expect.stringMatching(/serial number OC-FLASH-1.*console is closed, and nothing was changed.*--image/s),
    });
    expect(before.equals(on.board.flash.bytes)).toBe(true);
    expect(on.board.faults).toEqual([]);
  });

  test("whose cable is pulled in the midst of it starts with its console open, and the same command completes it", async () => {
    const on = await plugIn();
    let pulled: Promise<void> | undefined;
    const broken = flash(on, {}, (done) => {
      if (done > bundle.length / 2) pulled ??= on.pull();
    });
    await expect(broken).rejects.toMatchObject({
      fault: "vanished",
      message: expect.stringContaining("not locked: plug it in and give the same command again"),
    });
    await pulled;
    await on.plugIn();
    const { erasedFiles, token } = await flash(on);
    expect(erasedFiles.sort()).toEqual(["ochre", "ochre.jnl"]);
    expect(token).toMatchObject({ serial: SERIAL, state: 1 });
  });

  test("keeps its own files unless it is told otherwise; a program that runs is no hindrance", async () => {
    const on = await plugIn();
    const program = "var n=0;setInterval(function(){print('noise '+(n++))},5)";
    await typed(on, (console) => console.ask(`require("Storage").write(".bootcde",${JSON.stringify(program)})`));
    await on.pull();
    await on.plugIn();
    const blank = { identity: undefined };
    await expect(flash(on, blank)).rejects.toMatchObject({
      fault: "other-files",
      message: expect.stringContaining('".bootcde"'),
    });
    expect(await typed(on, (console) => console.ask('require("Storage").read(".bootcde")'))).toBe(program);

    const { erasedFiles, token } = await flash(on, { ...blank, erase: true });
    expect(erasedFiles).toEqual([".bootcde"]);
    expect(token).toMatchObject({ serial: "BLANK", state: 0, keyVersion: 0 });
    expect(screen(on)).toContain("OCHRE");
  });

  test("of another kind, or with an older interpreter than the firmware was tested on, is refused", async () => {
    const on = await plugIn();
    for (const [interpreter, words] of [
      [{ board: "PIXLJS" }, "Expected is Espruino 2v29.277 or newer, built for PIXLJS"],
      [{ version: "2v30" }, "Expected is Espruino 2v30 or newer"],
    ] as const) {
      const expected = { ...manifest, interpreter: { ...manifest.interpreter, ...interpreter } };
      await expect(flash(on, { manifest: expected })).rejects.toMatchObject({
        fault: "interpreter",
        message: expect.stringContaining(words),
      });
    }
  });

  test("that was a token is a fresh Espruino once it has the image that erases", async () => {
    const on = await plugIn();
    const tiny = { bundle: '({board:"pico-keypad",version:"0.1.0",start:function(){}})', ...PATIENCE, answerMs: 1500 };
    const silent = flash(on, { ...tiny, restartMs: 1000, identity: undefined, manifest: { ...manifest, files: {} } });
    await expect(silent).rejects.toMatchObject({ fault: "not-a-token" });
    const used = Buffer.from(on.board.flash.bytes);
    await on.pull();

    const { drive, storage } = manifest.interpreter;
    const file = imageThatErases(uf2Of(flashOfImage(image), drive.family), drive.family, storage);
    const fresh = await plugIn(bootRomCopy(used, file));
    expect(await typed(fresh, (console) => console.ask('require("Storage").list().length'))).toBe("0");
  });
});

/** What is not blank of a chip, as a UF2 file. */
function uf2Of(flash: Uint8Array, family: number): Uint8Array {
  const pages = new Map<number, Uint8Array>();
  for (let at = 0; at < flash.length; at += 256) {
    const page = flash.subarray(at, at + 256);
    if (page.some((byte) => byte !== 0xff)) pages.set(0x10000000 + at, page);
  }
  return writeUf2(pages, family);
}
