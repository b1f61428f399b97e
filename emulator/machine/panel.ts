/** What every display is to the rest of the machine. */
import type { Random } from "./random.ts";

export interface Panel {
  readonly width: number;
  readonly height: number;
  /** Rises with each transfer that changed what can be seen. */
  frames: number;
  /** True when something can be seen. */
  readonly on: boolean;
  /** Whether the pixel in column `x` and row `y` can be seen; 0, 0 is the upper left corner. */
  pixel(x: number, y: number): boolean;
  /** What can be seen: byte `page * width + x` is column `x` of eight rows, bit 0 on top. */
  frame(): Uint8Array;
  /** Power comes: noise is in the picture memory. */
  powerOn(random: Random): void;
  powerOff(): void;
}
