/**
 * The dialect gate: refuses what genuine Espruino fails at, loudly or in silence, in the text of a built bundle. It reads the bundle and
 * not the sources, because the bundle is what runs, whatever lowered or minified it.
 */
import { type AnyNode, parse } from "acorn";
import { allowedGlobals, allowedMembers, allowedModules, missingMethods, namespaces } from "./dialect-names.ts";
import { type Names, readNames } from "./dialect-scope.ts";
import { checkNode, children, type NodeOf, type Refuse } from "./dialect-syntax.ts";

/** One thing that the interpreter can't do. */
export interface Refusal {
  /** Offset in the text, from 0. */
  at: number;
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
  reason: string;
}

/**
 * Everything in a bundle that Espruino would fail at, in the order of the text.
 * @param text the bundle: one expression
 * @param options `globals: false` leaves out which globals are named and what is taken from them: the emulator hides what there is none of
 */
export function checkDialect(text: string, { globals = true } = {}): Refusal[] {
  const found = new Map<string, { at: number; reason: string }>();
  const refuse: Refuse = (at, reason) => found.set(`${at} ${reason}`, { at, reason });
  checkCharacters(text, refuse);
  try {
    const program = parse(text, { ecmaVersion: "latest", sourceType: "script" });
    if (program.body.length !== 1 || program.body[0].type !== "ExpressionStatement") {
      refuse(0, "a bundle is one expression");
    }
    const members = declaredMembers(program);
    const names = readNames(program);
    const walk = (node: AnyNode) => {
      checkNode(node, refuse);
      if (node.type === "MemberExpression") checkMember(node, members, globals, refuse);
      if (node.type === "CallExpression") checkCall(node, names, refuse);
      for (const child of children(node)) walk(child);
    };
    walk(program);
    if (globals) for (const { node, parent } of names.free) checkGlobal(node, parent, refuse);
    names.checkHoisting(refuse);
    names.checkLoopClosures(refuse);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    refuse((error as SyntaxError & { pos?: number }).pos ?? 0, error.message);
  }
  return [...found.values()]
    .sort((a, b) => a.at - b.at)
    .map(({ at, reason }) => {
      const lines = text.slice(0, at).split("\n");
      return { at, line: lines.length, column: lines[lines.length - 1].length + 1, reason };
    });
}

/** A character beyond Latin-1 anywhere: the file has one byte a character. */
function checkCharacters(text: string, refuse: Refuse): void {
  for (const { index, 0: character } of text.matchAll(/[^\0-\xff]/gu)) {
    refuse(index, `U+${character.codePointAt(0)!.toString(16).toUpperCase()}: a bundle has no character above U+00FF`);
  }
}

/** The name that a member expression takes, where it can be seen. */
function memberName(node: NodeOf<"MemberExpression">): string | undefined {
  if (!node.computed) return node.property.type === "Identifier" ? node.property.name : undefined;
  return node.property.type === "Literal" && typeof node.property.value === "string" ? node.property.value : undefined;
}

/** Every member name that the bundle gives to objects of its own. */
function declaredMembers(node: AnyNode, names = new Set<string>()): Set<string> {
  if (node.type === "Property" || node.type === "MethodDefinition" || node.type === "PropertyDefinition") {
    if (node.key.type === "Identifier") names.add(node.key.name);
    else if (node.key.type === "Literal") names.add(String(node.key.value));
  }
  if (node.type === "AssignmentExpression" && node.left.type === "MemberExpression") {
    const name = memberName(node.left);
    if (name !== undefined) names.add(name);
  }
  for (const child of children(node)) declaredMembers(child, names);
  return names;
}

function checkMember(node: NodeOf<"MemberExpression">, members: Set<string>, globals: boolean, refuse: Refuse): void {
  const name = memberName(node);
  if (name !== undefined && missingMethods.has(name) && !members.has(name)) {
    refuse(node.property.start, `.${name} is missing`);
  }
  const owner = node.object;
  if (!globals || name === undefined || owner.type !== "CallExpression" || owner.callee.type !== "Identifier") return;
  const argument = owner.arguments[0];
  if (owner.callee.name !== "require" || argument?.type !== "Literal") return;
  const allowed = allowedModules[String(argument.value)];
  if (allowed !== undefined && !allowed.includes(name))
    refuse(node.property.start, `no ${name} of module ${argument.value} is used here`);
}

function checkCall(node: NodeOf<"CallExpression">, names: Names, refuse: Refuse): void {
  const { callee } = node;
  const target = node.arguments[0];
  if (callee.type !== "MemberExpression" || callee.object.type !== "Identifier" || target === undefined) return;
  if (callee.object.name !== "Object" || memberName(callee) !== "assign") return;
  if (names.valuesOf(target).length > 0) refuse(node.start, "Object.assign to a function or a class throws");
}

/** A reference to a global of the interpreter. */
function checkGlobal(node: NodeOf<"Identifier">, parent: AnyNode, refuse: Refuse): void {
  const { name } = node;
  if (!allowedGlobals.has(name)) {
    refuse(node.start, `${name} is no global that a bundle may use`);
    return;
  }
  if (parent.type === "MemberExpression" && parent.object === node) {
    const member = memberName(parent);
    const allowed = Object.hasOwn(allowedMembers, name) ? allowedMembers[name] : undefined;
    if (allowed !== undefined && (member === undefined || !allowed.includes(member))) {
      refuse(node.start, `${name}${member === undefined ? "[...]" : `.${member}`} is missing or not used here`);
    }
  } else if (namespaces.has(name) && !(parent.type === "UnaryExpression" && parent.operator === "typeof")) {
    refuse(node.start, `${name} as a value: nobody could see what is taken from it`);
  } else if (name === "require") {
    const argument = parent.type === "CallExpression" && parent.callee === node ? parent.arguments[0] : undefined;
    const known = argument?.type === "Literal" && Object.hasOwn(allowedModules, String(argument.value));
    if (!known) refuse(node.start, `require finds ${Object.keys(allowedModules).join(" and ")} alone`);
  } else if (parent.type === "AssignmentExpression" && parent.left === node) {
    refuse(node.start, `${name} is the interpreter's`);
  }
}
