/** A way through several screens that few customers take often: loaded when it is begun, dropped at its end. */
import type { Key } from "../hal/board.ts";

export interface Flow {
  /** Draws the present screen into the canvas, which is clear; the face sends it. */
  draw(): void;
  /** A key other than OFF. */
  key(key: Key): void;
  /** Overwrites what is secret. Called at the end, however it comes: auto-off, OFF, a change of the token's memory. */
  forget(): void;
}
