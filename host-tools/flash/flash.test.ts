import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bootFile } from "../../firmware/build/boot-file.ts";
import { laboratoryTransportKeys } from "../keys/laboratory.ts";
import { EspruinoConsole } from "./espruino-console.ts";
import { EspruinoModel } from "./espruino-model.ts";
import { type FlashOrder, flashToken } from "./flash.ts";
import type { FlashManifest } from "./flash-manifest.ts";
import { firmwareImage } from "./image.ts";
import { isAtLeast } from "./interpreter.ts";

const SERIAL = "OC-1";
/** Boards that are flashed side by side. */
const BESIDE = 5;
/** Where the first page begins in the model's file of images. */
const FIRST_PAGE = 4096 - 32;
const BUNDLE = `({board:"pico-keypad",version:"0.1.0",install:installed,start:tokenStarts})${" ".repeat(4000)}`;
const manifest: FlashManifest = {
  board: "pico-keypad",
  model: 1,
  version: "0.1.0",
  interpreter: {
    board: "ESPR_RP2040_PICO",
    version: "2v29.277",
    storage: { address: 0x101c0000, bytes: 262144 },
    drive: { boardId: "RPI-RP2", family: 0xe48bff56 },
  },
  storage: {
    images: "ochre",
    slotBytes: 8192,
    imagesFileBytes: 20480,
    boot: ".boot0",
    journal: "ochre.jnl",
    journalFileBytes: 12288,
  },
  bootFile: bootFile("ochre", 8192),
  files: { "ochre.fnt": Buffer.from(new Uint8Array(2000).map((_, i) => i * 7)).toString("base64") },
};

async function flash(board: EspruinoModel, change: Partial<FlashOrder> = {}) {
  const steps: string[] = [];
  const order: FlashOrder = {
    path: "board",
    open: board.open,
    bundle: BUNDLE,
    manifest,
    identity: { serial: SERIAL, keys: laboratoryTransportKeys(SERIAL) },
    answerMs: 100,
    restartMs: 300,
    ...change,
  };
  try {
    return { steps, ...(await flashToken(order, { step: ({ step }) => steps.push(step), progress: () => {} })) };
  } finally {
    expect(board.opened, "ports that are open").toBe(0);
  }
}

/** Every file is there, whole. */
function whole({ files }: EspruinoModel): boolean {
  const text = (name: string) => Buffer.from(files.get(name) ?? []).toString("latin1");
  const { header, body } = firmwareImage(BUNDLE, manifest);
  const image = Buffer.concat([header, body]).toString("latin1");
  return text("ochre").startsWith(image, FIRST_PAGE) && text(".boot0") === manifest.bootFile;
}

describe("flashing a board", () => {
  it("writes the boot file last, and ends with a token that answers and a console that does not", async () => {
    const board = new EspruinoModel();
    const { steps, token, image } = await flash(board);
    expect(steps.slice(-4)).toEqual(["installed", "armed", "answers", "closed"]);
    expect(image).toMatchObject({ version: "0.1.0", bytes: 24 + 2000 + BUNDLE.length + (-BUNDLE.length & 3) });
    expect(token.serial).toBe(SERIAL);
    expect(whole(board)).toBe(true);
    expect(board.files.get("ochre.jnl")?.length).toBe(12288);
    expect([...board.files.keys()].at(-1)).toBe(".boot0");
  });

  it("is not led astray by a program that prints, nor by a line that is half typed", async () => {
    const board = new EspruinoModel();
    board.noise = "noise\r\n=1\r\n>#\r\x1b[J";
    const line = await board.open("board");
    await line.write("function half(){");
    await line.close();
    expect((await flash(board)).token.serial).toBe(SERIAL);
  });

  it("wherever power is lost, leaves a console that is open and takes the same command again, or a whole token", async () => {
    const writes = new EspruinoModel();
    writes.writesLeft = 1000;
    await flash(writes);
    const all = 1000 - writes.writesLeft;
    const loses = async (lost: number) => {
      const board = new EspruinoModel();
      board.writesLeft = lost;
      await expect(flash(board), `power lost at write ${lost}`).rejects.toMatchObject({ fault: "vanished" });
      board.writesLeft = Number.POSITIVE_INFINITY;
      board.start();
      expect(board.consoleOpen || whole(board), `power lost at write ${lost}`).toBe(true);
      if (board.consoleOpen) expect((await flash(board)).token.serial).toBe(SERIAL);
      expect(whole(board), `power lost at write ${lost}`).toBe(true);
    };
    expect(all).toBeGreaterThan(5);
    // Flashing is waiting for the most part: a few boards wait together.
    for (let first = 0; first < all; first += BESIDE)
      await Promise.all(Array.from({ length: Math.min(BESIDE, all - first) }, (_, i) => loses(first + i)));
  });

  it("says after a lost cable that the board is not locked", async () => {
    const board = new EspruinoModel();
    board.writesLeft = 2;
    await expect(flash(board)).rejects.toThrow(/not locked: plug it in and give the same command again/);
  });

  it("refuses a token, and types nothing into it that counts", async () => {
    const board = new EspruinoModel();
    await flash(board);
    const before = board.typed.length;
    const error = await flash(board).catch((refusal) => refusal);
    expect(error).toMatchObject({ fault: "locked" });
    expect(error.message).toMatch(/serial number OC-1, .*state factory.*BOOTSEL.*--image/);
    expect(board.typed.length).toBe(before);
  });

  it("refuses another board, an older interpreter, and files that are no token's, and changes nothing", async () => {
    const other = new EspruinoModel();
    other.board = "BANGLEJS2";
    other.start();
    await expect(flash(other)).rejects.toThrow(/built for BANGLEJS2: another board. Expected is Espruino 2v29.277/);
    const old = new EspruinoModel();
    old.version = "2v29";
    old.start();
    await expect(flash(old)).rejects.toThrow(/2v29, .*older than what/);
    const used = new EspruinoModel();
    used.files.set("game.js", new Uint8Array([1]));
    await expect(flash(used)).rejects.toMatchObject({ fault: "other-files" });
    expect([...used.files]).toEqual([["game.js", new Uint8Array([1])]]);
    expect((await flash(used, { erase: true })).erasedFiles).toEqual(["game.js"]);
  });

  it("gives up a port where nobody answers, with what to try", async () => {
    const board = new EspruinoModel();
    board.mute = true;
    await expect(flash(board, { answerMs: 20 })).rejects.toThrow(/Neither Espruino's console nor a token.*BOOTSEL/);
  });

  it("does not believe a token beside which the console still answers, or a board on which none does", async () => {
    const open = new EspruinoModel();
    const leaky = { ...manifest, bootFile: manifest.bootFile.replace("E.setConsole(null,{force:true});", "") };
    await expect(flash(open, { manifest: leaky })).rejects.toThrow(/console on board still answers/);
    const dead = new EspruinoModel();
    const silent = BUNDLE.replace("start:tokenStarts", "start:function(){}");
    await expect(flash(dead, { bundle: silent })).rejects.toThrow(/no token answers on board.*display and clock/);
  });

  it("does not close the console of a board on which the bundle does not load", async () => {
    const board = new EspruinoModel();
    await expect(flash(board, { bundle: '({board:"pico-keypad",version:"9.9"})' })).rejects.toThrow(/calls itself/);
    expect(board.files.has(".boot0")).toBe(false);
  });

  it("tells nobody the keys when they are refused", async () => {
    const board = new EspruinoModel();
    const keys = laboratoryTransportKeys(SERIAL);
    const refusing = BUNDLE.replace(
      "install:installed",
      "install:function(){throw new Error([].slice.call(arguments))}",
    );
    const error = await flash(board, { bundle: refusing }).catch((refusal) => refusal);
    expect(error).toMatchObject({ fault: "refused", message: "The interpreter on board refused a line" });
    const told = `${error.stack} ${JSON.stringify(error)}`;
    for (const key of [keys.enc, keys.mac, keys.dek]) {
      expect(told).not.toContain(key.subarray(0, 4).join());
      expect(told).not.toContain(Buffer.from(key.subarray(0, 4)).toString("hex"));
    }
    expect(board.files.has(".boot0")).toBe(false);
  });
});

describe("a line in the console", () => {
  it("gives back any text whole, in whatever pieces it comes", async () => {
    const board = new EspruinoModel();
    const console = new EspruinoConsole(await board.open("board"));
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 200 }), async (text) => {
        expect(await console.ask(`unescape(${JSON.stringify(escape(text))})`)).toBe(text);
      }),
    );
  });

  it("that the interpreter refuses is an error with its words", async () => {
    const board = new EspruinoModel();
    const console = new EspruinoConsole(await board.open("board"), 100);
    await expect(console.ask("nowhere.at.all")).rejects.toThrow(/nowhere is not defined/);
    await expect(console.ask("}{")).rejects.toMatchObject({ fault: "refused", message: /no answer within 100 ms/ });
  });
});

describe("versions of Espruino", () => {
  it("are compared as numbers", () => {
    const ascending = ["1v99", "2v08", "2v29", "2v29.1", "2v29.277", "2v29.1000", "2v30", "2v100", "10v01"];
    for (const [i, version] of ascending.entries())
      for (const [j, oldest] of ascending.entries()) expect(isAtLeast(version, oldest)).toBe(i >= j);
    for (const text of ["", "undefined", "2v", "v29", "2v29-custom", "2.29"])
      expect(isAtLeast(text, "2v29")).toBe(false);
  });
});
