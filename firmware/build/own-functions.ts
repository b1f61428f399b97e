/**
 * Functions that a single part uses go into it: they then cost memory and time when that part is loaded, and not for ever. A module is in
 * the core or it is not; of its functions this is decided one by one.
 */
import { type AnyNode, parse } from "acorn";
import { readNames } from "./dialect-scope.ts";
import type { NodeOf } from "./dialect-syntax.ts";
import { applyEdits, type Edit } from "./edits.ts";
import { endOfMark } from "./parts.ts";

/** A function that stands in the bundle itself. */
interface Declared {
  node: NodeOf<"FunctionDeclaration">;
  id: NodeOf<"Identifier">;
  /** Of a part: behind its mark. */
  head: number | undefined;
  /** The part that it is, or belongs into. */
  part: Declared | undefined;
}

/** @param bundle a call of one function that holds everything, with the marks of its parts */
export function moveIntoParts(bundle: string): string {
  const program = parse(bundle, { ecmaVersion: "latest" });
  const names = readNames(program);
  const declared = declarationsOf(program.body[0]);
  const references = new Map(declared.map((one) => [one, (names.referencesTo(one.id) ?? []).map(({ node }) => node)]));
  const users = (one: Declared) =>
    references
      .get(one)!
      .map((place) => declared.find(({ node }) => within(place, node)))
      .filter((user) => user !== one);
  for (let found = true; found; ) {
    found = false;
    for (const one of declared) {
      if (one.part !== undefined) continue;
      const parts = new Set(users(one).map((user) => user?.part));
      const [part] = parts;
      if (parts.size !== 1 || part === undefined) continue;
      one.part = part;
      found = true;
    }
  }
  const moved = declared.filter((one) => one.part !== undefined && one.part !== one);
  // Under names that nothing inside a part can have.
  const renamed = moved.flatMap((one, i) =>
    [one.id, ...references.get(one)!].map(({ start, end }): Edit => ({ start, end, text: `$own${i}$` })),
  );
  const piece = ({ start, end }: AnyNode) =>
    applyEdits(
      bundle.slice(start, end),
      renamed
        .filter((edit) => edit.start >= start && edit.end <= end)
        .map((edit) => ({ ...edit, start: edit.start - start, end: edit.end - start })),
    ).text;
  const edits: Edit[] = [];
  for (const one of moved) edits.push({ start: one.node.start, end: one.node.end, text: "" });
  for (const part of declared.filter((one) => one.part === one)) {
    const own = moved.filter((one) => one.part === part).map(({ node }) => piece(node));
    edits.push({ start: part.head!, end: part.head!, text: own.join("") });
  }
  const stay = renamed.filter((edit) => !moved.some(({ node }) => edit.start >= node.start && edit.end <= node.end));
  return applyEdits(bundle, [...edits, ...stay]).text;
}

function declarationsOf(statement: AnyNode): Declared[] {
  const callee =
    statement.type === "ExpressionStatement" &&
    statement.expression.type === "CallExpression" &&
    statement.expression.callee;
  if (!callee || callee.type !== "FunctionExpression") throw new Error("a bundle is a call of a function");
  return callee.body.body.flatMap((node) => {
    if (node.type !== "FunctionDeclaration") return [];
    const one: Declared = { node, id: node.id, head: endOfMark(node), part: undefined };
    if (one.head !== undefined) one.part = one;
    return [one];
  });
}

const within = (inner: AnyNode, outer: AnyNode): boolean => inner.start >= outer.start && inner.end <= outer.end;
