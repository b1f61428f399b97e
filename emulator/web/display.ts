/** The display, each of its pixels a square of whole pixels of the screen. */
import { h } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Screen } from "../engine.ts";

const LIT = "#d6f2ff";
/** Pixels of this size and more have the gaps that an OLED has between them. */
const GAP_FROM = 6;
/** As the API's, where nothing else is asked for. */
const PICTURE_SCALE = 4;

export function Display({ screen, label }: { screen: Screen; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(screen);
  latest.current = screen;

  useEffect(() => {
    const frame = canvas.current?.parentElement;
    if (!frame) return;
    // The room for the canvas changes with the window, and a pixel's size with the zoom.
    const observer = new ResizeObserver(() => draw(canvas.current, latest.current, frame.clientWidth));
    observer.observe(frame);
    return () => observer.disconnect();
  }, []);
  useEffect(() => draw(canvas.current, screen, canvas.current?.parentElement?.clientWidth ?? 0), [screen]);

  return h("div", { class: "pixels" }, h("canvas", { ref: canvas, role: "img", "aria-label": label }));
}

/** @param room CSS pixels that the canvas may be wide */
function draw(canvas: HTMLCanvasElement | null, screen: Screen, room: number): void {
  const context = canvas?.getContext("2d");
  if (!canvas || !context) return;
  const ratio = window.devicePixelRatio;
  const side = Math.max(1, Math.floor((room * ratio) / screen.width));
  canvas.width = screen.width * side;
  canvas.height = screen.height * side;
  canvas.style.width = `${canvas.width / ratio}px`;
  canvas.style.height = `${canvas.height / ratio}px`;
  paint(context, screen, side);
}

/** @param side pixels of the canvas for one of the display, each way */
function paint(context: CanvasRenderingContext2D, screen: Screen, side: number): void {
  if (!screen.on) return;
  context.fillStyle = LIT;
  const lit = side >= GAP_FROM ? side - 1 : side;
  for (let y = 0; y < screen.height; y++) {
    for (let x = 0; x < screen.width; x++) {
      if ((screen.pixels[(y >> 3) * screen.width + x] >> (y & 7)) & 1) context.fillRect(x * side, y * side, lit, lit);
    }
  }
}

/** What the display shows, as PNG, on black; a display that is off is black. @throws Error where the browser makes none */
export async function pictureOf(screen: Screen): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = screen.width * PICTURE_SCALE;
  canvas.height = screen.height * PICTURE_SCALE;
  const context = canvas.getContext("2d");
  if (context !== null) {
    context.fillStyle = "#000";
    context.fillRect(0, 0, canvas.width, canvas.height);
    paint(context, screen, PICTURE_SCALE);
  }
  const made = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (made === null) throw new Error("this browser makes no picture");
  return made;
}
