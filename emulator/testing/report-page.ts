/** The page of the report: self-contained HTML, each display drawn as SVG from the text of its golden. */
import { type Area, changed, type Golden, parseGolden, pixelOf, pixelsApart } from "./golden.ts";
import type { Failure } from "./report.ts";
import { reportStyle } from "./report-style.ts";

/** What a pixel is drawn as; nothing for a dark one. */
type Paint = "lit" | "same" | "gone" | "new" | "masked" | undefined;

export function reportPage(failures: readonly Failure[]): string {
  const title = failures.length === 1 ? "1 screen differs" : `${failures.length} screens differ`;
  const contents = failures.map(({ file }, i) => `<li><a href="#s${i}">${escapeHtml(goldenName(file))}</a></li>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${reportStyle}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p>From their goldens. Where a screen is right as it is now, <code>vitest -u</code> or <code>OCHRE_UPDATE_SCREENS=1</code> makes it the golden.</p>
${failures.length > 1 ? `<nav aria-label="Screens"><ul>${contents.join("")}</ul></nav>` : ""}
</header>
<main>
${failures.map(section).join("\n")}
</main>
</body>
</html>
`;
}

function section(failure: Failure, index: number): string {
  const before = failure.before === undefined ? undefined : parseGolden(failure.before);
  const after = parseGolden(failure.after);
  return `<section id="s${index}" aria-labelledby="h${index}">
<h2 id="h${index}">${escapeHtml(goldenName(failure.file))}</h2>
<p class="where">${failure.test === undefined ? "" : `<span>${escapeHtml(failure.test)}</span>`}<code>${escapeHtml(failure.file)}</code></p>
<div class="three">
${figure("Before", before, failure.before === undefined ? "There is no golden yet." : "The file holds no golden.")}
${figure("After", after, "")}
${before && after ? differenceFigure(before, after) : figure("Difference", undefined, "Nothing to compare with.")}
</div>
${readings(before?.lines ?? [], after?.lines ?? [])}
</section>`;
}

function figure(caption: string, golden: Golden | undefined, otherwise: string): string {
  if (golden === undefined)
    return `<figure><figcaption>${caption}</figcaption><p class="none">${otherwise}</p></figure>`;
  const paint = (x: number, y: number): Paint => {
    const pixel = golden.pixel(x, y);
    return pixel === undefined ? "masked" : pixel ? "lit" : undefined;
  };
  const words = golden.on ? golden.lines.filter((line) => line !== "").join(", ") : "off";
  return `<figure><figcaption>${caption}${golden.on ? "" : " <small>display off</small>"}</figcaption>
${drawing(golden.width, golden.height, paint, `${caption}: ${words}`)}</figure>`;
}

function differenceFigure(before: Golden, after: Golden): string {
  const { wentDark, litUp, area } = pixelsApart(before, after);
  const paint = (x: number, y: number): Paint => {
    const [was, is] = [pixelOf(before, x, y), pixelOf(after, x, y)];
    if (was === undefined || is === undefined) return "masked";
    if (changed(was, is)) return is ? "new" : "gone";
    return is ? "same" : undefined;
  };
  const [width, height] = [Math.max(before.width, after.width), Math.max(before.height, after.height)];
  const label = `Difference: ${wentDark} pixels went dark, ${litUp} lit up`;
  return `<figure><figcaption>Difference <small><i class="gone"></i>${wentDark} went dark <i class="new"></i>${litUp} lit up</small></figcaption>
${drawing(width, height, paint, label, area)}</figure>`;
}

/** One path a colour, one run of pixels a stroke of it. A frame around an area leads the eye to it: a pixel alone is easily overlooked. */
function drawing(
  width: number,
  height: number,
  paint: (x: number, y: number) => Paint,
  label: string,
  framed?: Required<Area>,
): string {
  const paths = new Map<string, string>();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; ) {
      const kind = paint(x, y);
      let end = x + 1;
      while (end < width && paint(end, y) === kind) end++;
      if (kind !== undefined) paths.set(kind, `${paths.get(kind) ?? ""}M${x} ${y}h${end - x}v1h-${end - x}z`);
      x = end;
    }
  }
  const shapes = [...paths].map(([kind, path]) => `<path class="${kind}" d="${path}"/>`);
  if (framed !== undefined)
    shapes.push(
      `<rect x="${framed.x - 1.5}" y="${framed.y - 1.5}" width="${framed.width + 3}" height="${framed.height + 3}"/>`,
    );
  return `<svg viewBox="-3 -3 ${width + 6} ${height + 6}" role="img" aria-label="${escapeHtml(label)}" shape-rendering="crispEdges">${shapes.join("")}</svg>`;
}

/** What can be read before and after, line by line. */
function readings(before: readonly string[], after: readonly string[]): string {
  const rows: string[] = [];
  for (let i = 0; i < Math.max(before.length, after.length); i++) {
    const [was, is] = [before[i] ?? "", after[i] ?? ""];
    const cell = (text: string) => `<td>${text === "" ? '<span class="empty">empty</span>' : escapeHtml(text)}</td>`;
    rows.push(`<tr${was === is ? "" : ' class="changed"'}><th scope="row">${i + 1}</th>${cell(was)}${cell(is)}</tr>`);
  }
  return `<table><thead><tr><th scope="col">Line</th><th scope="col">Read before</th><th scope="col">Read after</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/** The golden's name: its path below `__screens__`. */
function goldenName(file: string): string {
  return file.replace(/^.*__screens__\//, "").replace(/\.txt$/, "");
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replaceAll(/[&<>"]/g, (character) => entities[character]);
}
