/**
 * Short names for the members that a bundle's classes reach through `this` alone. esbuild shortens variables and leaves members as they
 * are, because it cannot know who else calls them; here the whole program is known. A twenty-fifth of the bundle.
 */
import type { AnyNode, Program } from "acorn";
import { children } from "./dialect-syntax.ts";
import type { Edit } from "./edits.ts";

/** Gains nothing below this length. */
const WORTH_IT = 3;

/** Edits that rename each such member, the same everywhere. */
export function shortenMembers(program: Program): Edit[] {
  /** Every name that a member has by whatever way: none of the new ones may be one of them. */
  const taken = new Set<string>();
  /** Names that somebody may reach otherwise: by another object, as a key, or as a text. */
  const open = new Set<string>();
  const places: { name: string; start: number; end: number }[] = [];

  const walk = (node: AnyNode) => {
    if (node.type === "MemberExpression" && !node.computed && node.property.type === "Identifier") {
      const { name, start, end } = node.property;
      taken.add(name);
      if (node.object.type === "ThisExpression") places.push({ name, start, end });
      else open.add(name);
    } else if (node.type === "MethodDefinition" && node.key.type === "Identifier") {
      const { name, start, end } = node.key;
      taken.add(name);
      if (node.kind === "method" && !node.static) places.push({ name, start, end });
      else open.add(name);
    } else if (node.type === "Property" && node.key.type === "Identifier") {
      taken.add(node.key.name);
      open.add(node.key.name);
    } else if (node.type === "Literal" && typeof node.value === "string") {
      open.add(node.value);
    }
    for (const child of children(node)) walk(child);
  };
  walk(program);

  const uses = new Map<string, number>();
  for (const { name } of places) {
    if (name.length >= WORTH_IT && !open.has(name)) uses.set(name, (uses.get(name) ?? 0) + name.length);
  }
  // The longest in all get the shortest names.
  const names = new Map<string, string>();
  const fresh = shortNames(taken);
  for (const [name] of [...uses].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))) {
    names.set(name, fresh.next().value as string);
  }
  return places
    .filter(({ name }) => names.has(name))
    .map(({ name, start, end }) => ({ start, end, text: names.get(name) as string }));
}

/** a, b, ... z, aa, ab, ... without those that are taken. */
function* shortNames(taken: ReadonlySet<string>): Generator<string> {
  const letters = "abcdefghijklmnopqrstuvwxyz";
  for (let number = 0; ; number++) {
    let name = "";
    for (let rest = number + 1; rest > 0; rest = Math.floor((rest - 1) / letters.length)) {
      name = letters[(rest - 1) % letters.length] + name;
    }
    if (!taken.has(name) && !RESERVED.has(name)) yield name;
  }
}

/** Words that the interpreter may not take for a member's name. */
const RESERVED = new Set(["do", "if", "in", "of", "as", "is", "for", "new", "let", "var", "try", "get", "set"]);
