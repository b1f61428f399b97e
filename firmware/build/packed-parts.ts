/**
 * Parts that are stored compressed. Behind the program, and a NUL that ends it for the interpreter, stand their streams; the function of
 * such a part unpacks its text and evaluates that where it stands itself, so that the text sees what it always saw. What it costs is RAM
 * while the part is loaded, for code that would run from flash otherwise, and time to unpack it: only parts that no code waits for.
 */
import { crc32 } from "node:zlib";
import { type AnyNode, parse } from "acorn";
import type { NodeOf } from "./dialect-syntax.ts";
import { applyEdits, type Edit } from "./edits.ts";
import { compress } from "./heatshrink.ts";
import { endOfMark, nameOfPart, weighParts } from "./parts.ts";
import { tokenise } from "./tokens.ts";

/** Loaded while a cable is in. */
const PACKED: ReadonlySet<string> = new Set(["host-line"]);

/** The name under which a bundle exports the function `unpack` of firmware/core/unpack.ts, for this alone. */
const UNPACK = "unpack";

interface Packed {
  name: string;
  node: NodeOf<"FunctionDeclaration">;
  parameters: string;
  stream: Uint8Array;
}

export interface Stored {
  /** Program, NUL and streams: a byte a character. */
  text: string;
  /** The same as plain text, the packed parts in their places. */
  source: string;
  /** Bytes of each packed part: its function and its stream. */
  bytes: ReadonlyMap<string, number>;
}

/**
 * A finished bundle as it is stored.
 * @param bundle a call of one function that holds everything, with the marks of its parts
 * @param bundleAt where in the image it will begin
 */
export function packParts(bundle: string, bundleAt: number): Stored {
  const weighed = (edits: Edit[]) => weighParts(applyEdits(bundle, edits).text, () => 0).bundle;
  const { body, given } = anatomy(bundle);
  const packed = body.flatMap((node) => packedPart(bundle, node));
  if (packed.length === 0) return { text: tokenise(weighed([])), source: weighed([]), bytes: new Map() };
  const unpack = unpackIn(body, given);
  const source = bundle.slice(unpack.start, unpack.end);
  const others = given.properties.filter((property) => keyOf(property) !== UNPACK);
  const listed = others.map(({ start, end }) => bundle.slice(start, end)).join();
  const without: Edit[] = [
    { start: unpack.start, end: unpack.end, text: "" },
    { start: given.start, end: given.end, text: `{${listed}}` },
  ];
  const stubs = (first: number) => {
    let at = first;
    return packed.map(({ node, parameters, stream }): Edit => {
      // Its own `unpack`: one that stood beside it would take memory for ever.
      const text = `eval(${unpack.name}(${at},${stream.length},${crc32(stream)}))(${parameters})`;
      at += stream.length;
      return {
        start: node.start,
        end: node.end,
        text: `function ${node.id!.name}(${parameters}){${source}return ${text}}`,
      };
    });
  };
  // Where the streams begin depends on how many digits tell so.
  for (let first = bundleAt; ; ) {
    const edits = stubs(first);
    const program = tokenise(weighed([...without, ...edits]));
    const end = bundleAt + program.length + 1;
    if (end === first) {
      const streams = packed.map(({ stream }) => Buffer.from(stream).toString("latin1"));
      const bytes = packed.map(
        ({ name, stream }, i) => [name, tokenise(edits[i].text).length + stream.length] as const,
      );
      const text = `${program}\0${streams.join("")}`;
      return { text, source: weighed(without), bytes: new Map(bytes) };
    }
    first = end;
  }
}

function packedPart(bundle: string, node: AnyNode): Packed[] {
  const name = nameOfPart(node);
  if (node.type !== "FunctionDeclaration" || name === undefined || !PACKED.has(name)) return [];
  const parameters = node.params.map(({ start, end }) => bundle.slice(start, end)).join();
  const text = tokenise(`(function(${parameters}){${bundle.slice(endOfMark(node)!, node.end)})`);
  return [{ name, node, parameters, stream: compress(Buffer.from(text, "latin1")) }];
}

/** The statements of a bundle, and the object of its exports. */
function anatomy(bundle: string) {
  const [statement] = parse(bundle, { ecmaVersion: "latest" }).body;
  const call = statement.type === "ExpressionStatement" ? statement.expression : undefined;
  const callee = call?.type === "CallExpression" ? call.callee : undefined;
  if (callee?.type !== "FunctionExpression") throw new Error("a bundle is a call of a function");
  const { body } = callee.body;
  const last = body.at(-1);
  const given = last?.type === "ReturnStatement" ? last.argument : undefined;
  if (given?.type !== "ObjectExpression") throw new Error("a bundle gives an object");
  return { body, given };
}

/** @throws Error for a bundle without `unpack` */
function unpackIn(body: readonly AnyNode[], given: NodeOf<"ObjectExpression">) {
  const exported = given.properties.find((property) => keyOf(property) === UNPACK);
  const name = exported?.type === "Property" && exported.value.type === "Identifier" ? exported.value.name : undefined;
  const unpack = body.find((node) => node.type === "FunctionDeclaration" && node.id?.name === name);
  if (name === undefined || unpack === undefined) throw new Error(`the bundle exports no function ${UNPACK}`);
  return { name, start: unpack.start, end: unpack.end };
}

function keyOf(property: AnyNode): string | undefined {
  return property.type === "Property" && property.key.type === "Identifier" ? property.key.name : undefined;
}
