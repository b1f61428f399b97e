/**
 * The text form of a golden: what a display showed, as block characters that hold every pixel, and how it reads. One character is two
 * pixels, one above the other; `░` stands for two that do not count.
 */
import { type Capture, codeLine, linesOf, lit } from "./capture.ts";

/** Of the display, in pixels; from edge to edge where an end is left out. Of a pair of rows, both count or neither. */
export interface Area {
  x?: number;
  y?: number;
  width?: number;
  height?: number;
}

export interface Masking {
  /** Areas that do not count. */
  mask?: readonly Area[];
  /** The code on the screen does not count: for tokens whose seeds are random. Its line and the one below are masked. */
  maskCode?: boolean;
}

/** A golden as it was read: `undefined` is a pixel that does not count. */
export interface Golden {
  on: boolean;
  width: number;
  height: number;
  pixel(x: number, y: number): boolean | undefined;
  lines: string[];
}

/** By the two pixels of a character: 1 for the upper, 2 for the lower. */
const PAIRS = " ▀▄█";
const MASKED = "░";
const LINE_ROWS = 16;
/** Big digits are three pages high and may begin in the middle of a line. */
const CODE_ROWS = 32;

/** @returns the text of the golden, with a newline at its end */
export function goldenText(capture: Capture, { mask = [], maskCode = false }: Masking = {}): string {
  const { width, height, on } = capture;
  const areas = mask.map((area) => edges(area, width, height));
  const line = codeLine(capture);
  if (maskCode && line >= 0) areas.push(edges({ y: line * LINE_ROWS, height: CODE_ROWS }, width, height));
  const masked = (x: number, y: number) =>
    areas.some(({ left, right, top, bottom }) => x >= left && x < right && y >= top && y < bottom);
  const edge = "─".repeat(width);
  const rows = [`${width} x ${height}, ${on ? "on" : "off"}`, `┌${edge}┐`];
  for (let y = 0; y < height; y += 2) {
    let row = "";
    for (let x = 0; x < width; x++)
      row +=
        masked(x, y) || masked(x, y + 1)
          ? MASKED
          : PAIRS[Number(lit(capture, x, y)) + 2 * Number(lit(capture, x, y + 1))];
    rows.push(`│${row}│`);
  }
  rows.push(`└${edge}┘`);
  for (const [i, text] of linesOf(capture).entries()) {
    const hidden = areas.some(({ top, bottom }) => bottom > i * LINE_ROWS && top < (i + 1) * LINE_ROWS);
    rows.push(hidden ? MASKED.repeat(3) : text);
  }
  return `${rows.join("\n")}\n`;
}

/** @returns undefined for a text that is no golden */
export function parseGolden(text: string): Golden | undefined {
  const rows = text.split("\n");
  const head = /^(\d{1,4}) x (\d{1,4}), (on|off)$/.exec(rows[0] ?? "");
  if (head === null) return undefined;
  const [width, height] = [Number(head[1]), Number(head[2])];
  const picture = rows.slice(2, 2 + height / 2);
  const whole = (row: string) => row.length === width + 2 && /^│[ ▀▄█░]*│$/.test(row);
  if (picture.length !== height / 2 || !picture.every(whole)) return undefined;
  return {
    width,
    height,
    on: head[3] === "on",
    pixel(x, y) {
      const pair = PAIRS.indexOf(picture[y >> 1][x + 1]);
      return pair < 0 ? undefined : ((pair >> (y & 1)) & 1) === 1;
    },
    lines: rows.slice(3 + height / 2, -1),
  };
}

export interface Difference {
  wentDark: number;
  litUp: number;
  /** The smallest that has them all; undefined where none differs. */
  area?: Required<Area>;
}

/** How many pixels of two goldens differ, and where; those apart that do not count in either. */
export function pixelsApart(before: Golden, after: Golden): Difference {
  const difference: Difference = { wentDark: 0, litUp: 0 };
  let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
  for (let y = 0; y < Math.max(before.height, after.height); y++) {
    for (let x = 0; x < Math.max(before.width, after.width); x++) {
      const [was, is] = [pixelOf(before, x, y), pixelOf(after, x, y)];
      if (!changed(was, is)) continue;
      difference[is ? "litUp" : "wentDark"]++;
      [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
    }
  }
  if (right >= 0) difference.area = { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
  return difference;
}

/** The pixel, dark outside of the display. */
export function pixelOf(golden: Golden, x: number, y: number): boolean | undefined {
  return x < golden.width && y < golden.height ? golden.pixel(x, y) : false;
}

/** Whether a pixel differs; one that does not count in either does not. */
export function changed(before: boolean | undefined, after: boolean | undefined): boolean {
  return before !== undefined && after !== undefined && before !== after;
}

function edges(area: Area, width: number, height: number) {
  const { x = 0, y = 0 } = area;
  return {
    left: x,
    right: x + (area.width ?? width - x),
    top: y,
    bottom: y + (area.height ?? height - y),
  };
}
