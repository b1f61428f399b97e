/** An emulated token in a terminal: its display as text, the keyboard as its keypad. */
import { emitKeypressEvents, type Key } from "node:readline";
import type { ReadStream, WriteStream } from "node:tty";
import type { Engine } from "./engine.ts";
import type { Manifest } from "./machine/manifest.ts";
import { blockPicture } from "./picture.ts";
import { ScreenReader } from "./screen-reader.ts";

/** What is shown: a machine, or any engine as `shown` has it. */
export interface Shown {
  readonly manifest: Manifest;
  readonly keypad: { readonly keys: string[] };
  readonly display: {
    readonly width: number;
    readonly height: number;
    /** Rises with each change. */
    readonly frames: number;
    pixel(x: number, y: number): boolean;
    frame(): Uint8Array;
  };
}

export interface TerminalOptions {
  input: ReadStream;
  output: WriteStream;
  /** Stands above the display. */
  title: string;
  /** A key of the keypad was typed. */
  press: (key: string) => void;
  /** Ctrl-C was typed. */
  quit: () => void;
}

/** How often the display is looked at, in milliseconds. */
const LOOK_MS = 50;
const KEYS: Record<string, string> = {
  return: "OK",
  enter: "OK",
  backspace: "CLEAR",
  delete: "CLEAR",
  up: "UP",
  down: "DOWN",
  m: "MENU",
  o: "OFF",
};
/** Each of the two lines is for 80 columns. */
const LIT = "0-9 · Enter = OK · Backspace = CLEAR · arrows = UP, DOWN";
const DARK = "The display is dark: any key wakes the token";
const FURTHER = "m = MENU · o = OFF · Ctrl-C ends";
/** Lines around the picture: title, frame, keys, and where the cursor stands. */
const AROUND = 6;

/** The terminal's other screen: what was on the first one is there again afterwards. */
const OTHER_SCREEN = "\x1b[?1049h";
const FIRST_SCREEN = "\x1b[?1049l";
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";
const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";

/** An engine's last picture, as a display. */
export async function shown(engine: Engine): Promise<Shown> {
  let screen = await engine.screen();
  engine.onScreen((next) => {
    screen = next;
  });
  const { width, height } = screen;
  return {
    manifest: engine.manifest,
    keypad: { keys: engine.manifest.keypad.legend.flat().filter((key) => key !== "") },
    display: {
      width,
      height,
      get frames() {
        return screen.frame;
      },
      pixel: (x, y) => ((screen.pixels[(y >> 3) * width + x] >> (y & 7)) & 1) === 1,
      frame: () => screen.pixels,
    },
  };
}

/** What a key of the keyboard is on the keypad; undefined for one that it has not. */
export function keypadKey(typed: { name?: string; sequence?: string }, keypad: readonly string[]): string | undefined {
  const key = KEYS[typed.name ?? ""] ?? typed.sequence;
  return key !== undefined && keypad.includes(key) ? key : undefined;
}

/** The display for a terminal of that size: its pixels where they fit, its text in a frame where they do not. */
export function terminalPicture(machine: Shown, reader: ScreenReader, columns: number, rows: number): string {
  const { display } = machine;
  if (columns >= display.width / 2 + 2 && rows >= display.height / 2 + AROUND) {
    return blockPicture(display.width, display.height, (x, y) => display.pixel(x, y), columns);
  }
  const lines = reader.lines(display.frame()).map((line) => (line.inverted ? `>${line.text}` : ` ${line.text}`));
  const width = Math.max(22, ...lines.map((line) => line.length));
  const edge = "─".repeat(width);
  return [`┌${edge}┐`, ...lines.map((line) => `│${line.padEnd(width)}│`), `└${edge}┘`].join("\n");
}

/** What to press, in two lines. @param frame what the display shows */
export function keyHint(frame: Uint8Array): string {
  return `${frame.every((byte) => byte === 0) ? DARK : LIT}\n${FURTHER}`;
}

/** Draws whenever the display changes and takes keys, until the result is called. */
export function showInTerminal(machine: Shown, { input, output, title, press, quit }: TerminalOptions): () => void {
  const reader = new ScreenReader(machine.manifest);
  let drawn = "";
  const draw = () => {
    const picture = [
      title,
      terminalPicture(machine, reader, output.columns, output.rows),
      keyHint(machine.display.frame()),
    ].join("\n");
    if (picture === drawn) return;
    drawn = picture;
    output.write(HOME + picture.replaceAll("\n", `${CLEAR_LINE}\n`) + CLEAR_LINE + CLEAR_BELOW);
  };
  const onKey = (_: string | undefined, typed: Key) => {
    if (typed.ctrl && typed.name === "c") return quit();
    const key = keypadKey(typed, machine.keypad.keys);
    if (key !== undefined) press(key);
  };
  emitKeypressEvents(input);
  input.setRawMode(true);
  input.on("keypress", onKey);
  input.resume();
  output.write(OTHER_SCREEN + HIDE_CURSOR + HOME + CLEAR_BELOW);
  let frames = -1;
  const look = setInterval(() => {
    if (machine.display.frames === frames) return;
    frames = machine.display.frames;
    draw();
  }, LOOK_MS);
  output.on("resize", draw);
  draw();
  return () => {
    clearInterval(look);
    output.off("resize", draw);
    input.off("keypress", onKey);
    input.setRawMode(false);
    input.pause();
    output.write(`${SHOW_CURSOR}${FIRST_SCREEN}`);
  };
}
