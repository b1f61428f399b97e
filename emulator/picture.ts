/** A display in block characters, for terminals and for the messages of failing tests. */

/** By the pixels of a character: left 1, right 2 in the upper row, left 4, right 8 in the lower. */
const QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█";

/**
 * The pixels in a frame. One column of text a column of pixels shows them in their true shape; where that is wider than `columns`, one
 * column of text shows two, and the picture is half as wide.
 * @param columns of the terminal; as many as it takes where nothing is said
 */
export function blockPicture(
  width: number,
  height: number,
  pixel: (x: number, y: number) => boolean,
  columns = Number.POSITIVE_INFINITY,
): string {
  const wide = columns >= width + 2;
  const step = wide ? 1 : 2;
  const edge = "─".repeat(width / step);
  const rows = [`┌${edge}┐`];
  for (let y = 0; y < height; y += 2) {
    let row = "";
    for (let x = 0; x < width; x += step) {
      const right = wide ? x : x + 1;
      const lit = [pixel(x, y), pixel(right, y), pixel(x, y + 1), pixel(right, y + 1)];
      row += QUADRANTS[lit.reduce((sum, on, bit) => sum + (on ? 1 << bit : 0), 0)];
    }
    rows.push(`│${row}│`);
  }
  return [...rows, `└${edge}┘`].join("\n");
}
