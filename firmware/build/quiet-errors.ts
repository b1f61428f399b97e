/**
 * Takes out of a bundle's errors what nobody could read there: their sentences, their names, and members that nothing asks for. A token
 * answers with status words and shows its own messages. Host and tests run the sources, where all of it stays.
 */
import type { AnyNode, Program } from "acorn";
import { type Names, readNames } from "./dialect-scope.ts";
import { type ClassNode, children, type NodeOf } from "./dialect-syntax.ts";
import type { Edit } from "./edits.ts";

/** Members that an error has for its readers alone. */
const FOR_READERS: ReadonlySet<string> = new Set(["message", "name"]);

/** What is left of an error's constructor. */
interface Quiet {
  /** How many of the arguments it still takes; those before the last of them that it does not use are 0. */
  used: readonly number[];
  edits: Edit[];
}

/** Edits that leave to the constructors of a bundle's own error classes, and to their calls, only what the bundle reads again. */
export function quietErrors(program: Program): Edit[] {
  const names = readNames(program);
  const read = membersRead(program);
  const quiet = new Map<ClassNode, Quiet | undefined>();
  const quietOf = (node: AnyNode): Quiet | undefined => {
    if (!isClass(node) || !isError(node, names)) return undefined;
    if (!quiet.has(node)) {
      const parent = node.superClass ? quietOf(meaningOf(node.superClass, names)) : { used: [], edits: [] };
      quiet.set(node, parent && constructorOf(node, parent.used, read));
    }
    return quiet.get(node);
  };
  const edits: Edit[] = [];
  const walk = (node: AnyNode) => {
    if (isClass(node)) edits.push(...(quietOf(node)?.edits ?? []));
    if (node.type === "NewExpression") {
      const made = quietOf(meaningOf(node.callee, names));
      if (made !== undefined) edits.push(...argumentsOf(node, made.used));
    }
    for (const child of children(node)) walk(child);
  };
  walk(program);
  // What stands inside another's expressions goes with it.
  return edits.filter(
    (edit) => !edits.some((other) => other !== edit && other.start <= edit.start && other.end >= edit.end),
  );
}

const isClass = (node: AnyNode): node is ClassNode =>
  node.type === "ClassDeclaration" || node.type === "ClassExpression";

/** What a name stands for, where that can be seen; otherwise the name. */
const meaningOf = (node: AnyNode, names: Names): AnyNode => names.valuesOf(node)[0] ?? node;

/** True for a class at the root of whose ancestors a constructor sets `this.message`. */
function isError(value: AnyNode, names: Names): boolean {
  if (!isClass(value)) return false;
  return value.superClass ? isError(meaningOf(value.superClass, names), names) : setsMessage(value);
}

function setsMessage(node: AnyNode): boolean {
  if (node.type === "AssignmentExpression" && memberOfThis(node.left) === "message") return true;
  return children(node).some(setsMessage);
}

/** The member of `this` that a node is; undefined for all else. */
function memberOfThis(node: AnyNode): string | undefined {
  if (node.type !== "MemberExpression" || node.object.type !== "ThisExpression" || node.computed) return undefined;
  return node.property.type === "Identifier" ? node.property.name : undefined;
}

/** Every member that something is done with but to be set. */
function membersRead(program: Program): ReadonlySet<string> {
  const read = new Set<string>();
  const walk = (node: AnyNode, target: boolean) => {
    if (node.type === "MemberExpression" && !node.computed && !target && node.property.type === "Identifier") {
      read.add(node.property.name);
    }
    const set = node.type === "AssignmentExpression" && node.operator === "=" ? node.left : undefined;
    for (const child of children(node)) walk(child, child === set);
  };
  walk(program, false);
  return read;
}

/**
 * The constructor without what is for readers. Undefined where it does more than to hand arguments on and to set members.
 * @param inherited arguments that the one of the class above uses
 */
function constructorOf(node: ClassNode, inherited: readonly number[], read: ReadonlySet<string>): Quiet | undefined {
  const method = node.body.body.find((one) => one.type === "MethodDefinition" && one.kind === "constructor");
  if (method?.type !== "MethodDefinition") return { used: inherited, edits: [] };
  const parameters = method.value.params.map((one) => (one.type === "Identifier" ? one.name : ""));
  const expressions = method.value.body.body.flatMap((statement): readonly AnyNode[] => {
    if (statement.type !== "ExpressionStatement") return [statement];
    return statement.expression.type === "SequenceExpression"
      ? statement.expression.expressions
      : [statement.expression];
  });
  const set: [member: string, parameter: string][] = [];
  let handedOn: string[] = [];
  for (const one of expressions) {
    if (one.type === "CallExpression" && one.callee.type === "Super") {
      if (inherited.some((i) => nameOf(one.arguments[i]) === undefined)) return undefined;
      handedOn = inherited.length === 0 ? [] : one.arguments.slice(0, Math.max(...inherited) + 1).map(nameOrNothing);
      continue;
    }
    const member = one.type === "AssignmentExpression" ? memberOfThis(one.left) : undefined;
    if (member === undefined) return undefined;
    if (FOR_READERS.has(member) || !read.has(member)) continue;
    const parameter = nameOf((one as NodeOf<"AssignmentExpression">).right);
    if (parameter === undefined) return undefined;
    set.push([member, parameter]);
  }
  const wanted = [...handedOn, ...set.map(([, parameter]) => parameter)];
  const used = parameters.flatMap((name, i) => (wanted.includes(name) ? [i] : []));
  const body = [
    ...(node.superClass ? [`super(${handedOn.join()})`] : []),
    ...set.map(([member, parameter]) => `this.${member}=${parameter}`),
  ];
  const taken = parameters.slice(0, Math.max(-1, ...used) + 1);
  const text = set.length === 0 && used.length === 0 ? "" : `constructor(${taken.join()}){${body.join(";")}}`;
  return { used, edits: [{ start: method.start, end: method.end, text }] };
}

const nameOf = (node: AnyNode | undefined): string | undefined => (node?.type === "Identifier" ? node.name : undefined);
const nameOrNothing = (node: AnyNode): string => nameOf(node) ?? "0";

/** Edits that take unused arguments out of a call, as far as nothing is done in them. */
function argumentsOf(node: NodeOf<"NewExpression">, used: readonly number[]): Edit[] {
  const given = node.arguments;
  const left =
    Math.max(-1, ...used.filter((i) => i < given.length), ...[...given.keys()].filter((i) => acts(given[i]))) + 1;
  const edits: Edit[] = [];
  for (let i = 0; i < left; i++) {
    const { start, end } = given[i];
    if (!used.includes(i) && !acts(given[i])) edits.push({ start, end, text: "0" });
  }
  if (left < given.length) {
    const start = left === 0 ? given[0].start : given[left - 1].end;
    edits.push({ start, end: given[given.length - 1].end, text: "" });
  }
  return edits;
}

/** True for what changes something. A call inside a sentence only makes a word of it. */
function acts(node: AnyNode): boolean {
  if (node.type === "CallExpression" || node.type === "AssignmentExpression" || node.type === "UpdateExpression")
    return true;
  if (isProse(node)) return false;
  return children(node).some(acts);
}

/** True for what can only be a sentence: text with a space in it, or a sum that such a text is part of. */
function isProse(node: AnyNode): boolean {
  switch (node.type) {
    case "Literal":
      return typeof node.value === "string" && node.value.includes(" ");
    case "TemplateLiteral":
      return node.quasis.some((quasi) => quasi.value.raw.includes(" "));
    case "BinaryExpression":
      return node.operator === "+" && (isProse(node.left) || isProse(node.right));
    default:
      return false;
  }
}
