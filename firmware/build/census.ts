/** What a bundle will cost in the interpreter's memory: counted on its text. */
import { type AnyNode, parse } from "acorn";
import { children } from "./dialect-syntax.ts";

export interface Census {
  /** Functions, methods and closures of the whole text. */
  functions: number;
  classes: number;
  parameters: number;
  /**
   * JsVars (14 bytes each on an RP2040) that the loaded bundle holds: 5 a function and 1 a parameter, 12 a class beside its methods, 2 for
   * each further variable of the bundle. Functions inside functions cost nothing until they are made, code stays in flash.
   */
  jsVars: number;
}

/** @param text the bundle: one call of a function that holds everything */
export function census(text: string): Census {
  const total: Census = { functions: 0, classes: 0, parameters: 0, jsVars: 0 };
  const walk = (node: AnyNode, depth: number) => {
    let inner = depth;
    if (/^(Arrow)?Function/.test(node.type)) {
      const parameters = (node as AnyNode & { params: unknown[] }).params.length;
      total.functions++;
      total.parameters += parameters;
      if (depth === 1) total.jsVars += 5 + parameters;
      inner++;
    } else if (/^Class(Declaration|Expression)$/.test(node.type)) {
      total.classes++;
      if (depth === 1) total.jsVars += 12;
    } else if (node.type === "VariableDeclarator" && depth === 1) {
      if (!/^(Arrow)?Function|^Class/.test(node.init?.type ?? "")) total.jsVars += 2;
    }
    for (const child of children(node)) walk(child, inner);
  };
  walk(parse(text, { ecmaVersion: "latest" }), 0);
  // The outermost function is the bundle itself.
  total.functions--;
  return total;
}
