/**
 * ST7567, a monochrome LCD controller that Espruino draws on itself: on a Pixl.js nothing else reaches it. Its picture is the built-in
 * `g`, a bit a pixel by rows, of which `g.flip()` sends what was drawn.
 */
import type { Display } from "../../hal/board.ts";

/** A picture of pages is one of columns of eight rows; `asImage` has its pixels by rows. */
interface Picture {
  readonly buffer: ArrayBuffer;
  asImage(): object;
}
declare const Graphics: {
  createArrayBuffer(width: number, height: number, bits: number, options: { vertical_byte: true; msb: false }): Picture;
};
declare const g: { drawImage(image: object, x: number, y: number): void; flip(): void };
declare const Pixl: { setLCDPower(on: boolean): void };

const WIDTH = 128;
const HEIGHT = 64;
/** Rows of a page. */
const ROWS = 8;

/** The display, dark. */
export function st7567(): Display {
  const page = Graphics.createArrayBuffer(WIDTH, ROWS, 1, { vertical_byte: true, msb: false });
  const columns = new Uint8Array(page.buffer);
  Pixl.setLCDPower(false);
  return {
    width: WIDTH,
    height: HEIGHT,
    on: function () {
      Pixl.setLCDPower(true);
    },
    off: function () {
      Pixl.setLCDPower(false);
    },
    show: function (buffer, first, last) {
      for (let at = first; at <= last; at++) {
        columns.set(buffer.subarray(at * WIDTH, (at + 1) * WIDTH));
        g.drawImage(page.asImage(), 0, at * ROWS);
      }
      g.flip();
    },
  };
}
