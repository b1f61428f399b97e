/** Replacements in a text, with the way back: where in the original a place of the result comes from. */

export interface Edit {
  /** First character replaced. */
  start: number;
  /** First character that stays; `start` for an insertion. */
  end: number;
  text: string;
}

export interface Edited {
  text: string;
  /** Offset in the original of an offset in the result; inside replaced text, where the replacement began. */
  origin(offset: number): number;
}

/** @param edits in any order, none over another; insertions at one place in their order */
export function applyEdits(original: string, edits: readonly Edit[]): Edited {
  let text = "";
  let from = 0;
  /** Runs of the result, each from `at` to the next: copied from `origin` on, or replacing what stood there. */
  const runs: { at: number; origin: number; copied: boolean }[] = [];
  for (const { start, end, text: inserted } of [...edits].sort((a, b) => a.start - b.start)) {
    if (start < from) throw new Error(`two edits meet at ${start}`);
    runs.push({ at: text.length, origin: from, copied: true });
    text += original.slice(from, start);
    runs.push({ at: text.length, origin: start, copied: false });
    text += inserted;
    from = end;
  }
  runs.push({ at: text.length, origin: from, copied: true });
  text += original.slice(from);
  return {
    text,
    origin(offset) {
      const run = runs.findLast(({ at }) => at <= offset)!;
      return run.copied ? run.origin + offset - run.at : run.origin;
    },
  };
}
