/** What Espruino's regular expressions can't do, most of it without a word: such a pattern matches something else, or never. */

/** Why a pattern with its flags is refused; "" when it is safe. */
export function regexpFault(pattern: string, flags: string): string {
  const flag = /[suyvd]/.exec(flags);
  if (flag !== null) return `the flag ${flag[0]} is unknown`;
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === "\\") {
      i++;
      if (!inClass && /[1-9k]/.test(pattern[i])) return "a back reference is unknown";
      if (/[pPu]/.test(pattern[i])) return `\\${pattern[i]} is unknown`;
    } else if (inClass) inClass = c !== "]";
    else if (c === "[") inClass = true;
    else if (c === "{") return "a counted repetition never matches";
    else if (c === "|") return "an alternative drops the rest of the pattern";
    else if (c === "?")
      return pattern[i - 1] === "(" ? "a group of this kind is unknown" : "? never matches on some boards";
  }
  return "";
}
