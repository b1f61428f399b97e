/**
 * Constants of a bundle stand where they are used. A variable costs two JsVars for as long as its function runs, and those of the bundle
 * stay for ever; and each use of one is a walk through the lists of names of all functions around it. esbuild does this for a part of
 * them alone: a constant of a module becomes a `var`, which it leaves.
 *
 * An object whose members are all constants, and that is never handed out, is as good as so many of them.
 */
import { type AnyNode, parse } from "acorn";
import { type Names, type Reference, readNames } from "./dialect-scope.ts";
import { children, type NodeOf } from "./dialect-syntax.ts";
import { applyEdits, type Edit } from "./edits.ts";

/** Bytes of flash that the memory of a variable, and the time for finding it, are worth. */
const WORTH = 12;
/** Of a declaration: its name, `=`, a comma. */
const DECLARATION = 4;
const NAME = 2;

/** @returns the same program without such constants; itself where there are none */
export function inlineConstants(program: string): string {
  const tree = parse(program, { ecmaVersion: "latest" });
  const names = readNames(tree);
  const edits: Edit[] = [];
  const changed = new Set<AnyNode>();
  const note = (node: AnyNode) => {
    if (node.type === "AssignmentExpression" || node.type === "ForInStatement" || node.type === "ForOfStatement")
      changed.add(node.left);
    else if (node.type === "UpdateExpression") changed.add(node.argument);
    else if (node.type === "UnaryExpression" && node.operator === "delete") changed.add(node.argument);
    for (const child of children(node)) note(child);
  };
  note(tree);
  const walk = (node: AnyNode, parent?: AnyNode) => {
    // Those of a loop's head are no constants.
    if (node.type === "VariableDeclaration" && !/^For/.test(parent?.type ?? ""))
      inlineOf(node, { names, changed, program }, edits);
    for (const child of children(node)) walk(child, node);
  };
  walk(tree);
  // A constant in another's declaration goes with it, and comes back at the next look.
  const outer = edits.filter(
    (edit) => !edits.some((other) => other !== edit && other.start <= edit.start && other.end >= edit.end),
  );
  return applyEdits(program, outer).text;
}

/** What is known of the whole program. */
interface Known {
  names: Names;
  /** Names and members that something is assigned to. */
  changed: ReadonlySet<AnyNode>;
  program: string;
}

/** Edits for the constants of one declaration; the declaration keeps the others. */
function inlineOf(node: NodeOf<"VariableDeclaration">, known: Known, edits: Edit[]): void {
  const { names, program } = known;
  const kept = node.declarations.filter(({ id, init }) => {
    if (id.type !== "Identifier" || !init) return true;
    const references = names.referencesTo(id);
    if (references === undefined) return true;
    const inlined =
      init.type === "ObjectExpression" ? ofObject(init, references, known) : ofLiteral(init, references, known);
    if (inlined === undefined) return true;
    edits.push(...inlined);
    return false;
  });
  // What stays may have edits inside, so that only what is between may go.
  let from = node.start;
  for (const [i, one] of kept.entries()) {
    const before = i === 0 ? `${node.kind} ` : ",";
    if (program.slice(from, one.start) !== before) edits.push({ start: from, end: one.start, text: before });
    from = one.end;
  }
  if (kept.length === 0) edits.push({ start: node.start, end: node.end, text: "" });
  else if (from < (node.declarations.at(-1) as AnyNode).end) {
    edits.push({ start: from, end: (node.declarations.at(-1) as AnyNode).end, text: "" });
  }
}

function ofObject(
  init: NodeOf<"ObjectExpression">,
  references: readonly Reference[],
  { changed, program }: Known,
): Edit[] | undefined {
  const places = new Map<string, { value: AnyNode; uses: AnyNode[] }>();
  for (const property of init.properties) {
    if (property.type !== "Property" || property.computed || property.key.type !== "Identifier") return undefined;
    places.set(property.key.name, { value: property.value, uses: [] });
  }
  for (const { node, parent } of references) {
    if (parent.type !== "MemberExpression" || parent.object !== node || parent.computed || changed.has(parent))
      return undefined;
    const place = parent.property.type === "Identifier" ? places.get(parent.property.name) : undefined;
    if (place === undefined) return undefined;
    place.uses.push(parent);
  }
  const found: Edit[] = [];
  for (const { value, uses } of places.values()) {
    if (uses.length === 0 && isHarmless(value)) continue;
    const text = literalText(value, program);
    if (text === undefined || !pays(text, uses.length)) return undefined;
    for (const { start, end } of uses) found.push({ start, end, text });
  }
  return found;
}

function ofLiteral(init: AnyNode, references: readonly Reference[], { changed, program }: Known): Edit[] | undefined {
  const text = literalText(init, program);
  if (text === undefined || !pays(text, references.length) || references.some(({ node }) => changed.has(node)))
    return undefined;
  return references.map(({ node: { start, end, name }, parent }) => ({
    start,
    end,
    text: parent.type === "Property" && parent.shorthand ? `${name}:${text}` : text,
  }));
}

function pays(text: string, uses: number): boolean {
  return text.length * uses <= text.length + DECLARATION + NAME * uses + WORTH;
}

/** The text of a number, a truth value or a string; undefined for all else. */
function literalText(node: AnyNode, program: string): string | undefined {
  const text = program.slice(node.start, node.end);
  if (node.type === "Literal" && (typeof node.value === "number" || typeof node.value === "string")) return text;
  if (node.type !== "UnaryExpression" || node.argument.type !== "Literal") return undefined;
  // In brackets: what stands before it may be a sign too.
  if (typeof node.argument.value === "number" && node.operator === "-") return `(${text})`;
  return typeof node.argument.value === "number" && node.operator === "!" ? text : undefined;
}

/** True for what may be left out when nobody uses it. */
function isHarmless(node: AnyNode): boolean {
  return (
    node.type === "Literal" || (node.type === "ArrayExpression" && node.elements.every((one) => one && isHarmless(one)))
  );
}
