import { expect, test } from "vitest";
import { bootToken } from "../emulator/testing/token.ts";
import { tokenDrawing } from "./token-drawing.ts";

test("the drawing lights exactly the pixels that the display lights, and has every key of the manifest", async () => {
  const { machine } = await bootToken({ port: false });
  const { display, manifest } = machine;
  const drawing = tokenDrawing(manifest, display.frame(), "A & B");
  const lit = new Set<string>();
  for (const [, x, y, length] of drawing.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g))
    for (let i = 0; i < Number(length); i++) lit.add(`${Number(x) + i},${y}`);
  for (let y = 0; y < display.height; y++)
    for (let x = 0; x < display.width; x++) expect(lit.has(`${x},${y}`), `${x},${y}`).toBe(display.pixel(x, y));
  for (const key of manifest.keypad.legend.flat().filter((name) => name !== "UP" && name !== "DOWN"))
    expect(drawing).toContain(`>${key}</text>`);
  expect(drawing).toContain('<title id="title">A &amp; B</title>');
});
