/** What every command does with its results: text for people, or one JSON object for programs. Logs go to the standard error. */

/** @param lines for people @param object for programs */
export function print(json: boolean | undefined, lines: readonly string[], object: object): void {
  process.stdout.write(json ? `${JSON.stringify(object)}\n` : lines.map((line) => `${line}\n`).join(""));
}

export function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join("  ")
      .trimEnd(),
  );
}
