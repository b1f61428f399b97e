/** The rules that one node of the syntax tree decides. */
import type { AnyNode, Expression } from "acorn";
import { nativeClasses, typedArrays } from "./dialect-names.ts";
import { regexpFault } from "./dialect-regexp.ts";

/** The nodes of some types of the syntax tree. */
export type NodeOf<Type extends AnyNode["type"]> = Extract<AnyNode, { type: Type }>;
export type FunctionNode = NodeOf<"FunctionDeclaration" | "FunctionExpression" | "ArrowFunctionExpression">;
export type ClassNode = NodeOf<"ClassDeclaration" | "ClassExpression">;

/** Reports `reason` for the source position `at`. */
export type Refuse = (at: number, reason: string) => void;

/** Applies every rule of syntax to one node. Rules that need to know what a name stands for are dialect-scope.ts's. */
export function checkNode(node: AnyNode, refuse: Refuse): void {
  const no = (reason: string) => refuse(node.start, reason);
  switch (node.type) {
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      checkFunction(node, refuse);
      break;
    case "ClassDeclaration":
    case "ClassExpression":
      checkClass(node, refuse);
      break;
    case "PropertyDefinition":
      if (!node.static)
        no("a field's initialiser runs once for its class, not for each object: assign in the constructor");
      else if (reads(node.value, "ThisExpression")) no("a field's initialiser has a wrong `this`");
      if (node.computed) no("a computed member name");
      break;
    case "MethodDefinition":
      if (node.computed) no("a computed member name");
      break;
    case "StaticBlock":
      no("a static block");
      break;
    case "PrivateIdentifier":
      no("a private name");
      break;
    case "Property":
      if (node.computed) no("a computed key");
      break;
    case "SpreadElement":
      no("spread");
      break;
    case "RestElement":
      no("a rest element");
      break;
    case "ObjectPattern":
    case "ArrayPattern":
      no("destructuring");
      break;
    case "ChainExpression":
      no("`?.`");
      break;
    case "AwaitExpression":
      no("await");
      break;
    case "YieldExpression":
      no("yield");
      break;
    case "MetaProperty":
      no(`\`${node.meta.name}.${node.property.name}\``);
      break;
    case "ImportExpression":
      no("import()");
      break;
    case "TaggedTemplateExpression":
      no("a tagged template gives undefined");
      break;
    case "LabeledStatement":
      no("a label");
      break;
    case "DebuggerStatement":
      no("debugger");
      break;
    case "WithStatement":
      no("with");
      break;
    case "ForOfStatement":
      if (node.await) no("for await");
      break;
    case "SwitchStatement": {
      const fallback = node.cases.findIndex(({ test }) => test === null || test === undefined);
      if (fallback >= 0 && fallback < node.cases.length - 1) {
        refuse(node.cases[fallback + 1].start, "`case` after `default` is a syntax error");
      }
      break;
    }
    case "BinaryExpression":
      if (node.operator === "**") no("`**`");
      checkShift(node.operator, node.right, no);
      break;
    case "AssignmentExpression":
      if (/^(\*\*|\?\?|\|\||&&)=$/.test(node.operator)) no(`\`${node.operator}\``);
      checkShift(node.operator.slice(0, -1), node.right, no);
      break;
    case "NewExpression":
      if (node.callee.type === "Identifier" && typedArrays.has(node.callee.name) && isText(node.arguments[0])) {
        no("a typed array is not made from a string: make it by length, then `set` or E.toUint8Array");
      }
      break;
    case "Literal":
      if (typeof node.bigint === "string") no("a BigInt");
      if (node.regex) {
        const fault = regexpFault(node.regex.pattern, node.regex.flags);
        if (fault !== "") no(`/${node.regex.pattern}/${node.regex.flags}: ${fault}`);
      }
      if (typeof node.value === "string") checkText(node.value, no);
      break;
    case "TemplateElement":
      checkText(node.value.cooked ?? "", no);
      break;
  }
}

function checkFunction(node: FunctionNode, refuse: Refuse): void {
  if (node.async) refuse(node.start, "an async function");
  if (node.generator) refuse(node.start, "a generator");
  for (const parameter of node.params) {
    if (parameter.type === "AssignmentPattern") refuse(parameter.start, "a default parameter");
  }
}

function checkClass(node: ClassNode, refuse: Refuse): void {
  const base = node.superClass;
  if (base?.type === "Identifier" && nativeClasses.has(base.name)) {
    refuse(node.start, `\`extends ${base.name}\`: \`super\` throws there, and \`instanceof\` is false`);
  }
}

function checkShift(operator: string, amount: Expression, no: (reason: string) => void): void {
  if (!/^(<<|>>|>>>)$/.test(operator)) return;
  const negative = amount.type === "UnaryExpression" && amount.operator === "-";
  const value = amount.type === "Literal" && typeof amount.value === "number" ? amount.value : 0;
  if (negative || value >= 32) no("a shift by 32 or more: ECMAScript takes it modulo 32, boards do not");
}

function checkText(value: string, no: (reason: string) => void): void {
  const beyond = /[^\0-\xff]/u.exec(value);
  if (beyond !== null)
    no(`U+${beyond[0].codePointAt(0)!.toString(16).toUpperCase()} in a string: boards have Latin-1 alone`);
}

function isText(node: AnyNode | undefined): boolean {
  return node?.type === "TemplateLiteral" || (node?.type === "Literal" && typeof node.value === "string");
}

/** True when the tree under `node` has a node of a type, outside functions of its own `this`. */
function reads(node: AnyNode | null | undefined, type: string): boolean {
  if (!node) return false;
  return node.type === type || children(node).some((child) => !/^Function/.test(child.type) && reads(child, type));
}

/** The nodes right below a node, in the order of the source. */
export function children(node: AnyNode): AnyNode[] {
  const found: AnyNode[] = [];
  for (const value of Object.values(node)) {
    // No list of one for each value: every node of a bundle is asked many times.
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) found.push(item);
    } else if (isNode(value)) found.push(value);
  }
  return found.length > 1 ? found.sort((a, b) => a.start - b.start) : found;
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}
