/**
 * A bundle in which each computed index is looked at. Espruino throws where a typed array or a string is asked for an element -1, 1.5 or
 * undefined; JavaScript gives undefined, so the emulator cannot see it, and what passes there would die on the board.
 */
import { type AnyNode, parse } from "acorn";
import { full } from "acorn-walk";
import { plainText } from "../../emulator/machine/tokens.ts";

/** The object of an index stands on a stack while its index is computed: both may have indexes in them. */
const CHECKS = `
  var $objects = [];
  function $of(object) { $objects.push(object); return object; }
  function $at(index) {
    var object = $objects.pop();
    var looked = typeof object === "string" || (typeof object === "object" && object !== null && object.buffer !== undefined);
    if (looked && !(typeof index === "string" && index in Object(object)) && !(index === Math.floor(index) && index >= 0))
      throw new Error("there is no element " + index + " on the board: it throws");
    return index;
  }`;

/** @returns the bundle in plain text, an expression like itself, and how many indexes it looks at */
export function checkedIndexes(tokens: string): { bundle: string; indexes: number } {
  const bundle = plainText(tokens);
  const inserted: [at: number, text: string][] = [];
  let indexes = 0;
  full(parse(bundle, { ecmaVersion: 2022 }), (node: AnyNode) => {
    if (node.type !== "MemberExpression" || !node.computed || node.property.type === "Literal") return;
    const { object, property } = node;
    inserted.push([object.start, "$of("], [object.end, ")"], [property.start, "$at("], [property.end, ")"]);
    indexes++;
  });
  // At one place, what closes stands before what opens, and both as they nest: `full` visits what is inside first.
  const places = [...Map.groupBy(inserted, ([at]) => at)].sort(([one], [other]) => one - other);
  let checked = "";
  let done = 0;
  for (const [at, texts] of places) {
    const closing = texts.filter(([, text]) => text === ")");
    const opening = texts.filter(([, text]) => text !== ")").reverse();
    checked += bundle.slice(done, at) + [...closing, ...opening].map(([, text]) => text).join("");
    done = at;
  }
  return { bundle: `(function () { ${CHECKS}\n return (${checked}${bundle.slice(done)}\n); })()`, indexes };
}
