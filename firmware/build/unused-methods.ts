/**
 * Methods that nothing in a bundle calls. esbuild drops functions and classes that a board does not use, and never a method of a class
 * that it does: who reaches that, it cannot know. Here the whole program is known.
 */
import type { AnyNode, Program } from "acorn";
import { children } from "./dialect-syntax.ts";
import type { Edit } from "./edits.ts";

/**
 * Edits that put blanks in place of each method whose name stands nowhere else, neither as a member nor as a text: every other place
 * stays where it is. What only those methods used is for esbuild to drop, and may leave further ones without a caller.
 */
export function blankUnusedMethods(program: Program, source: string): Edit[] {
  const used = new Set<string>();
  const methods: { name: string; start: number; end: number }[] = [];
  const walk = (node: AnyNode) => {
    if (node.type === "MethodDefinition" && node.key.type === "Identifier") {
      if (node.kind === "method" && !node.static)
        methods.push({ name: node.key.name, start: node.start, end: node.end });
      else used.add(node.key.name);
      walk(node.value);
      return;
    }
    if (node.type === "MemberExpression" && !node.computed && node.property.type === "Identifier")
      used.add(node.property.name);
    else if (node.type === "Property" && node.key.type === "Identifier") used.add(node.key.name);
    else if (node.type === "Literal" && typeof node.value === "string") used.add(node.value);
    for (const child of children(node)) walk(child);
  };
  walk(program);
  return methods
    .filter(({ name }) => !used.has(name))
    .map(({ start, end }) => ({ start, end, text: source.slice(start, end).replace(/[^\n]/g, " ") }));
}
