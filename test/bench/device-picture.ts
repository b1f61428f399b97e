/** The picture of a board's figures: bars on a logarithmic scale, as SVG that a light and a dark page can carry. */
import { type DeviceBench, type DeviceRun, type FigureId, nobleBaseline, type Provider } from "./device-figures.ts";

const WIDTH = 800;
const LEFT = 250;
const RIGHT = 70;
const TOP = 74;
const BAR = 11;
const GAP = 9;
const HEADING = 26;
const FOOT = 22;
/** Where the scale begins, in milliseconds. */
const LEAST = 1;

type Source = "noble" | Provider;
/** In the order of a row's bars; `x` is the place in the legend. */
const sources: readonly { source: Source; name: string; x: number }[] = [
  { source: "noble", name: "@noble/hashes", x: 20 },
  { source: "typescript", name: "TypeScript for the interpreter", x: 160 },
  { source: "thumb", name: "machine code", x: 410 },
];

const groups: readonly { heading: string; rows: readonly [FigureId, string][] }[] = [
  {
    heading: "The arithmetic alone",
    rows: [
      ["totpSha1", "time code, SHA-1"],
      ["totpSha256", "time code, SHA-256"],
      ["totpSha512", "time code, SHA-512"],
      ["ocraSign", "signature, OCRA with SHA-256"],
    ],
  },
  {
    heading: "What a customer waits for, key to picture",
    rows: [
      ["boot", "power on to first picture"],
      ["digit", "first digit of a PIN"],
      ["menu", "PIN to menu"],
      ["codeSha1", "menu to time code, SHA-1"],
      ["codeSha256", "menu to time code, SHA-256"],
      ["codeSha512", "menu to time code, SHA-512"],
      ["challenge", "challenge confirmed to code"],
      ["sign", "order confirmed to code"],
      ["connected", "bank's order confirmed to code"],
    ],
  },
  {
    heading: "What a desk waits for",
    rows: [
      ["handshake", "SCP03 handshake"],
      ["personalisation", "personalisation, 4 credentials"],
    ],
  },
];

const STYLE = `
text{font:13px system-ui,"Segoe UI",Helvetica,Arial,sans-serif;fill:#1f2328}
.title{font-size:16px;font-weight:600}.heading{font-weight:600}.small{font-size:11px;fill:#59636e}
.page{fill:#fff;stroke:#d1d9e0}.line{stroke:#d1d9e0}
.noble{fill:#9aa4af}.typescript{fill:#d0892b}.thumb{fill:#1a7f64}
@media (prefers-color-scheme:dark){text{fill:#f0f6fc}.small{fill:#9198a1}.page{fill:#0d1117;stroke:#3d444d}.line{stroke:#3d444d}
.noble{fill:#6e7781}.typescript{fill:#dfa13f}.thumb{fill:#3fb68f}}
`.trim();

/** @param runs of one board */
export function devicePicture({ espruino, image, date }: DeviceBench, runs: readonly DeviceRun[]): string {
  const value = (id: FigureId, source: Source) =>
    source === "noble" ? nobleBaseline[id] : runs.find(({ provider }) => provider === source)?.figures[id];
  const longest = Math.max(
    ...groups.flatMap(({ rows }) => rows.flatMap(([id]) => sources.map(({ source }) => value(id, source) ?? 0))),
  );
  const decades = Math.log10(longest / LEAST);
  const x = (ms: number) => LEFT + (Math.log10(Math.max(ms, LEAST) / LEAST) / decades) * (WIDTH - LEFT - RIGHT);

  const ticks = Array.from({ length: Math.floor(decades) + 1 }, (_, decade) => LEAST * 10 ** decade);
  const drawn: string[] = [];
  let y = TOP;
  for (const { heading, rows } of groups) {
    drawn.push(text(20, y + 16, heading, "heading"));
    y += HEADING;
    const top = y - 2;
    const bars: string[] = [];
    for (const [id, name] of rows) {
      const present = sources.filter(({ source }) => value(id, source) !== undefined);
      bars.push(text(LEFT - 10, y + (present.length * BAR) / 2 + 4, name, "", "end"));
      for (const { source } of present) {
        const ms = value(id, source)!;
        const length = (x(ms) - LEFT).toFixed(1);
        bars.push(`<rect class="${source}" x="${LEFT}" y="${y}" width="${length}" height="${BAR - 1}"/>`);
        bars.push(text(x(ms) + 5, y + 9, spanOf(ms), "small"));
        y += BAR;
      }
      y += GAP;
    }
    const bottom = y - GAP + 2;
    for (const at of ticks.map((ms) => x(ms).toFixed(1)))
      drawn.push(`<line class="line" x1="${at}" y1="${top}" x2="${at}" y2="${bottom}"/>`);
    drawn.push(...bars);
  }
  const height = y + FOOT;
  const scale = ticks.map((ms) => text(x(ms), y + 8, spanOf(ms), "small", "middle"));
  const key = sources.flatMap(({ source, name, x }) => [
    `<rect class="${source}" x="${x}" y="46" width="12" height="12"/>`,
    text(x + 18, 56, name, ""),
  ]);
  const title = `How long the token ${runs[0].board} takes`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title">`,
    `<title id="title">${title}, with machine code and without; the table beside it has the numbers</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>`,
    text(20, 30, title, "title"),
    text(WIDTH - 20, 30, `RP2040 at 125 MHz, Espruino ${espruino} (${image}), ${date}`, "small", "end"),
    ...key,
    ...drawn,
    ...scale,
    "</svg>\n",
  ].join("\n");
}

/** 9.5 ms, 697 ms, 2.48 s. */
function spanOf(ms: number): string {
  if (ms >= 1000) return `${Number((ms / 1000).toPrecision(3))} s`;
  return `${ms < 100 ? Number(ms.toPrecision(2)) : Math.round(ms)} ms`;
}

function text(x: number, y: number, words: string, style: string, anchor = "start"): string {
  const escaped = words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const place = anchor === "start" ? "" : ` text-anchor="${anchor}"`;
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${style === "" ? "" : ` class="${style}"`}${place}>${escaped}</text>`;
}
