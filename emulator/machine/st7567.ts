/**
 * ST7567 of a Pixl.js, which no bundle reaches itself: Espruino draws into a picture of a bit a pixel by rows, the built-in `g`, and
 * `g.flip()` sends what was drawn. `Pixl.setLCDPower` turns the panel on and off. Of Espruino's Graphics there is what a display's driver
 * needs: a picture in columns of eight rows, made one by rows, and drawn into `g`.
 */
import { EspruinoUint8Array } from "./builtins.ts";
import type { Panel } from "./panel.ts";
import type { Random } from "./random.ts";

const WIDTH = 128;
const HEIGHT = 64;

/** A picture by rows, the leftmost pixel of eight in the highest bit. */
interface RowImage {
  width: number;
  height: number;
  bits: Uint8Array;
}

export class St7567 implements Panel {
  readonly width = WIDTH;
  readonly height = HEIGHT;
  frames = 0;
  /** From power on: the interpreter starts the controller before it runs anything. */
  #on = false;
  /** What the interpreter has drawn and not sent, and what the controller has; by rows. */
  #drawn = new Uint8Array((WIDTH * HEIGHT) / 8);
  #sent = new Uint8Array((WIDTH * HEIGHT) / 8);
  /** Those that `asImage` gave: there an image may be any object with such members. */
  readonly #images = new WeakMap<object, RowImage>();

  get on(): boolean {
    return this.#on;
  }

  /** Espruino shows its own picture, which is anything to the bundle. */
  powerOn(random: Random): void {
    for (let i = 0; i < this.#sent.length; i++) this.#drawn[i] = this.#sent[i] = random.next();
    this.#on = true;
    this.frames++;
  }

  powerOff(): void {
    if (this.#on) this.frames++;
    this.#on = false;
  }

  pixel(x: number, y: number): boolean {
    return this.#on && lit(this.#sent, y * WIDTH + x);
  }

  frame(): Uint8Array {
    const frame = new Uint8Array((WIDTH * HEIGHT) / 8);
    for (let y = 0; y < HEIGHT; y++)
      for (let x = 0; x < WIDTH; x++) if (this.pixel(x, y)) frame[(y >> 3) * WIDTH + x] |= 1 << (y & 7);
    return frame;
  }

  /** The globals of a bundle. */
  globals(): Record<string, unknown> {
    return {
      g: {
        drawImage: (image: unknown, x: unknown, y: unknown) => this.#drawImage(image, Number(x), Number(y)),
        flip: () => this.#flip(),
      },
      Graphics: {
        createArrayBuffer: (width: unknown, height: unknown, bits: unknown, options: unknown) =>
          this.#columns(Number(width), Number(height), Number(bits), options),
      },
      Pixl: { setLCDPower: (on: unknown) => this.#power(Boolean(on)) },
    };
  }

  #power(on: boolean): void {
    if (on !== this.#on) this.frames++;
    this.#on = on;
  }

  #columns(width: number, height: number, bits: number, options: unknown) {
    const { vertical_byte, msb } = (options ?? {}) as { vertical_byte?: unknown; msb?: unknown };
    if (vertical_byte !== true || bits !== 1 || height % 8 !== 0 || !(width > 0 && height > 0))
      throw new Error("Graphics is modelled for pictures of one bit a pixel in columns of eight rows");
    const bytes = new EspruinoUint8Array((width * height) / 8);
    // The top row is the highest bit where nobody says otherwise.
    const top = msb === undefined || msb ? 7 : 0;
    return { buffer: bytes.buffer, asImage: () => this.#asImage(bytes, width, height, top) };
  }

  #asImage(columns: Uint8Array, width: number, height: number, top: number): object {
    const bits = new Uint8Array((width * height) / 8);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        if ((columns[(y >> 3) * width + x] >> ((y & 7) ^ top)) & 1) light(bits, y * width + x, true);
    const image = { width, height };
    this.#images.set(image, { width, height, bits });
    return image;
  }

  #drawImage(image: unknown, left: number, top: number): void {
    const rows = typeof image === "object" && image !== null ? this.#images.get(image) : undefined;
    if (rows === undefined) throw new Error("g.drawImage is modelled for what asImage() gives");
    for (let y = 0; y < rows.height; y++) {
      for (let x = 0; x < rows.width; x++) {
        const inside = left + x >= 0 && left + x < WIDTH && top + y >= 0 && top + y < HEIGHT;
        if (inside) light(this.#drawn, (top + y) * WIDTH + left + x, lit(rows.bits, y * rows.width + x));
      }
    }
  }

  #flip(): void {
    if (this.#on && this.#sent.some((byte, i) => byte !== this.#drawn[i])) this.frames++;
    this.#sent.set(this.#drawn);
  }
}

function lit(bits: Uint8Array, at: number): boolean {
  return ((bits[at >> 3] << (at & 7)) & 0x80) !== 0;
}

function light(bits: Uint8Array, at: number, on: boolean): void {
  const bit = 0x80 >> (at & 7);
  if (on) bits[at >> 3] |= bit;
  else bits[at >> 3] &= ~bit;
}
