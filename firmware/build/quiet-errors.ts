/**
 * Takes the prose out of a bundle's errors. A token has nobody to read it: it answers with status words and shows its own messages, and
 * the sentences were a fourteenth of the bundle. Host and tests run the sources, where they stay.
 */
import type { AnyNode, Program } from "acorn";
import { type Names, readNames } from "./dialect-scope.ts";
import { children, type NodeOf } from "./dialect-syntax.ts";
import type { Edit } from "./edits.ts";

/** Edits that empty each sentence given to the constructor of a bundle's own error class, by `new` or by `super`. */
export function dropProse(program: Program): Edit[] {
  const names = readNames(program);
  const edits: Edit[] = [];
  const walk = (node: AnyNode, inError: boolean) => {
    const made = node.type === "NewExpression" && names.valuesOf(node.callee).some((value) => isError(value, names));
    const passedOn = inError && node.type === "CallExpression" && node.callee.type === "Super";
    if (made || passedOn) {
      for (const argument of (node as NodeOf<"CallExpression" | "NewExpression">).arguments) {
        if (isProse(argument)) edits.push({ start: argument.start, end: argument.end, text: '""' });
      }
    }
    const isClass = node.type === "ClassDeclaration" || node.type === "ClassExpression";
    for (const child of children(node)) walk(child, isClass ? isError(node, names) : inError);
  };
  walk(program, false);
  // A sentence inside another's expressions goes with it.
  return edits.filter(
    (edit) => !edits.some((other) => other !== edit && other.start <= edit.start && other.end >= edit.end),
  );
}

/** True for a class at the root of whose ancestors a constructor sets `this.message`. */
function isError(value: AnyNode, names: Names): boolean {
  if (value.type !== "ClassDeclaration" && value.type !== "ClassExpression") return false;
  if (value.superClass) return names.valuesOf(value.superClass).some((base) => isError(base, names));
  return setsMessage(value);
}

function setsMessage(node: AnyNode): boolean {
  if (node.type === "AssignmentExpression" && node.left.type === "MemberExpression") {
    const { object, property } = node.left;
    if (object.type === "ThisExpression" && property.type === "Identifier" && property.name === "message") return true;
  }
  return children(node).some(setsMessage);
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
