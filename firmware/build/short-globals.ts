/**
 * Short names for the classes of the language that a bundle uses again and again. Each is a variable of the bundle, and the first: the
 * interpreter looks for a name in a list, from the function outwards, and comes to its own globals after everything else.
 */
import { type AnyNode, parse } from "acorn";
import { children } from "./dialect-syntax.ts";
import { applyEdits, type Edit } from "./edits.ts";

const CLASSES: ReadonlySet<string> = new Set(["Uint8Array", "Uint16Array", "Uint32Array", "Int32Array", "DataView"]);
/** Fewer uses do not pay for the variable. */
const WORTH_IT = 4;

/** @param bundle a call of one function that holds everything, declared by its first characters */
export function shortenGlobals(bundle: string): string {
  const uses = new Map<string, AnyNode[]>();
  const names = new Set<string>();
  const walk = (node: AnyNode, parent?: AnyNode) => {
    if (node.type === "Identifier") {
      names.add(node.name);
      const member = parent?.type === "MemberExpression" && parent.property === node && !parent.computed;
      const key = parent?.type === "Property" && parent.key === node;
      if (CLASSES.has(node.name) && !member && !key) uses.set(node.name, [...(uses.get(node.name) ?? []), node]);
    }
    for (const child of children(node)) walk(child, node);
  };
  walk(parse(bundle, { ecmaVersion: "latest" }));
  const head = "(function(){";
  if (!bundle.startsWith(head)) throw new Error("a bundle is a call of a function");
  const edits: Edit[] = [];
  const fresh = [..."$_ABCDEFGHIJKLMNOPQRSTUVWXYZ"].filter((name) => !names.has(name));
  for (let i = 0; fresh.length < CLASSES.size; i++) if (!names.has(`$${i}`)) fresh.push(`$${i}`);
  const variables: string[] = [];
  for (const [name, places] of uses) {
    if (places.length < WORTH_IT) continue;
    const short = fresh.shift() as string;
    variables.push(`${short}=${name}`);
    for (const { start, end } of places) edits.push({ start, end, text: short });
  }
  if (variables.length > 0) edits.push({ start: head.length, end: head.length, text: `var ${variables.join(",")};` });
  return applyEdits(bundle, edits).text;
}
