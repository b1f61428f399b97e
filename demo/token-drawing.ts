/** The token as a drawing: its body, its keypad by the bundle's manifest, and a screen in the very pixels of the display. */
import type { Manifest } from "../emulator/machine/manifest.ts";

/** Millimetres, as on a device that lies in a hand. */
const BODY = { width: 62, height: 112, corner: 9 };
const GLASS = { x: 6, y: 14, width: 50, height: 29, corner: 2.5 };
const KEYS = { x: 6, y: 52, width: 11, height: 10, gapX: 2, gapY: 3.4, corner: 2.6 };
/** Side of a pixel. With these margins and this scale it is two pixels of a screen, and none falls between two of them. */
const DOT = 0.375;
const MARGIN = { x: 4.25, top: 3, bottom: 5 };
const SCALE = 2 / DOT;

/** Keys of another colour than the digits: fill, and what stands on it. */
const COLOURS: Record<string, [string, string]> = { OK: ["#2f7d4f", "#fff"], CLEAR: ["#b23a2e", "#fff"] };
const DIGIT: [string, string] = ["#fbf4e6", "#33240f"];
const FUNCTION: [string, string] = ["#4b3216", "#fbf4e6"];

/**
 * @param frame pages of eight rows, `width` bytes each, bit 0 on top
 * @param title what the drawing shows, for whoever does not see it
 */
export function tokenDrawing(manifest: Manifest, frame: Uint8Array, title: string): string {
  const { width, height } = manifest.display;
  const left = GLASS.x + (GLASS.width - width * DOT) / 2;
  const top = GLASS.y + (GLASS.height - height * DOT) / 2;
  const wide = BODY.width + 2 * MARGIN.x;
  const high = BODY.height + MARGIN.top + MARGIN.bottom;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-MARGIN.x} ${-MARGIN.top} ${wide} ${high}" width="${wide * SCALE}" height="${high * SCALE}" role="img" aria-labelledby="title" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif">
<title id="title">${title.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</title>
<defs>
<linearGradient id="body" x2="0.3" y2="1"><stop stop-color="#dfa13f"/><stop offset="1" stop-color="#b97520"/></linearGradient>
<linearGradient id="glass" x2="0.4" y2="1"><stop stop-color="#1b1d22"/><stop offset="1" stop-color="#060709"/></linearGradient>
<filter id="shadow" x="-20%" y="-10%" width="140%" height="130%"><feDropShadow dx="0" dy="1.4" stdDeviation="1.4" flood-opacity="0.35"/></filter>
</defs>
<rect width="${BODY.width}" height="${BODY.height}" rx="${BODY.corner}" fill="url(#body)" filter="url(#shadow)"/>
<rect x="0.5" y="0.5" width="${BODY.width - 1}" height="${BODY.height - 1}" rx="${BODY.corner - 0.5}" fill="none" stroke="#fff" stroke-opacity="0.35" stroke-width="0.5"/>
<text x="${GLASS.x + 0.5}" y="10" font-size="5" font-weight="700" letter-spacing="0.2" fill="#33240f">ochre</text>
<rect x="${GLASS.x}" y="${GLASS.y}" width="${GLASS.width}" height="${GLASS.height}" rx="${GLASS.corner}" fill="url(#glass)" stroke="#6d430f" stroke-width="0.6"/>
<path transform="translate(${left.toFixed(2)} ${top.toFixed(2)}) scale(${DOT})" fill="#d8f3ff" shape-rendering="crispEdges" d="${litPixels(frame, width, height)}"/>
${manifest.keypad.legend
  .flatMap((row, rowNumber) => row.map((key, column) => keyDrawing(key, column, rowNumber)))
  .join("\n")}
</svg>
`;
}

/** Runs of lit pixels, each a rectangle of one row. */
function litPixels(frame: Uint8Array, width: number, height: number): string {
  const lit = (x: number, y: number) => x < width && ((frame[(y >> 3) * width + x] >> (y & 7)) & 1) === 1;
  let path = "";
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!lit(x, y)) continue;
      const from = x;
      while (lit(x, y)) x++;
      path += `M${from} ${y}h${x - from}v1h-${x - from}z`;
    }
  }
  return path;
}

function keyDrawing(key: string, column: number, row: number): string {
  const x = KEYS.x + column * (KEYS.width + KEYS.gapX);
  const y = KEYS.y + row * (KEYS.height + KEYS.gapY);
  const [fill, ink] = /^\d$/.test(key) ? DIGIT : (COLOURS[key] ?? FUNCTION);
  const cap =
    `<rect x="${x}" y="${(y + 0.9).toFixed(1)}" width="${KEYS.width}" height="${KEYS.height}" rx="${KEYS.corner}" fill="#6d430f" opacity="0.6"/>` +
    `<rect x="${x}" y="${y.toFixed(1)}" width="${KEYS.width}" height="${KEYS.height}" rx="${KEYS.corner}" fill="${fill}"/>`;
  return cap + legend(key, x + KEYS.width / 2, y + KEYS.height / 2, ink);
}

function legend(key: string, x: number, y: number, ink: string): string {
  const arrow = key === "UP" ? -1 : key === "DOWN" ? 1 : 0;
  if (arrow !== 0)
    return `<path d="M${x - 2} ${(y - arrow * 1.1).toFixed(2)}h4l-2 ${2.6 * arrow}z" fill="${ink}" stroke="${ink}" stroke-width="0.4" stroke-linejoin="round"/>`;
  const size = key.length === 1 ? 5.4 : key.length === 2 ? 4.2 : 2.7;
  return `<text x="${x}" y="${(y + size * 0.36).toFixed(2)}" font-size="${size}" font-weight="600" text-anchor="middle" fill="${ink}">${key}</text>`;
}
