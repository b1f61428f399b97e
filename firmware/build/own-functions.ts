/**
 * Functions and methods that a single part uses go into it: they then cost memory and time when that part is loaded, and not for ever. A
 * module is in the core or it is not; of its functions, and of the methods of its classes, this is decided one by one. A method becomes a
 * function of its object, where its name tells for sure whose method it is.
 */
import { type AnyNode, type Program, parse } from "acorn";
import { readNames } from "./dialect-scope.ts";
import { children, type NodeOf } from "./dialect-syntax.ts";
import { applyEdits, type Edit } from "./edits.ts";
import { endOfMark } from "./parts.ts";
import { isOpenName } from "./short-members.ts";

/** A function that stands in the bundle itself, or a method. */
interface Declared {
  node: NodeOf<"FunctionDeclaration"> | NodeOf<"MethodDefinition">;
  /** Where it is used. */
  uses: AnyNode[];
  /** Of a part: behind its mark. */
  head: number | undefined;
  /** The part that it is, or belongs into. */
  part: Declared | undefined;
}

/** @param bundle a call of one function that holds everything, with the marks of its parts */
export function moveIntoParts(bundle: string): string {
  const program = parse(bundle, { ecmaVersion: "latest" });
  const declared = declarationsOf(program);
  const user = (place: AnyNode) => {
    const around = declared.filter(({ node }) => within(place, node));
    return around.find(({ node }) => node.type === "MethodDefinition") ?? around[0];
  };
  const users = new Map(declared.map((one) => [one, one.uses.map(user).filter((by) => by !== one)]));
  for (let found = true; found; ) {
    found = false;
    for (const one of declared) {
      if (one.part !== undefined) continue;
      const parts = new Set(users.get(one)!.map((by) => by?.part));
      const [part] = parts;
      if (parts.size !== 1 || part === undefined) continue;
      one.part = part;
      found = true;
    }
  }
  const moved = declared.filter((one) => one.part !== undefined && one.part !== one);
  const renamed = moved.flatMap((one, i) => renamesOf(one, `$own${i}$`)).sort((a, b) => b.callEnd - a.callEnd);
  const inside = ({ start, end }: AnyNode) => renamed.filter((edit) => edit.start >= start && edit.end <= end);
  const piece = (node: AnyNode) =>
    applyEdits(
      bundle.slice(node.start, node.end),
      inside(node).map((edit) => ({ ...edit, start: edit.start - node.start, end: edit.end - node.start })),
    ).text;
  const edits: Edit[] = moved.map(({ node: { start, end } }) => ({ start, end, text: "" }));
  for (const part of declared.filter((one) => one.part === one)) {
    const own = moved.flatMap((one, i) => (one.part === part ? [asFunction(one.node, `$own${i}$`, piece)] : []));
    edits.push({ start: part.head!, end: part.head!, text: own.join("") });
  }
  const stay = renamed.filter((edit) => !moved.some(({ node }) => edit.start >= node.start && edit.end <= node.end));
  return applyEdits(bundle, [...edits, ...stay]).text;
}

/** A function as it is; a method with its object as the first parameter. */
function asFunction(node: Declared["node"], name: string, piece: (node: AnyNode) => string): string {
  if (node.type === "FunctionDeclaration") return piece(node);
  const parameters = ["$self", ...node.value.params.map(piece)];
  return `function ${name}(${parameters.join()})${piece(node.value.body)}`;
}

/** `callEnd`: of the call before which something is written; of two that begin together, the outer one is written first. */
interface Rename extends Edit {
  callEnd: number;
}

/** Edits under whose names nothing inside a part can be hidden. */
function renamesOf({ node, uses }: Declared, name: string): Rename[] {
  const renamed = ({ start, end }: AnyNode, text: string): Rename => ({ start, end, text, callEnd: 0 });
  if (node.type === "FunctionDeclaration") return [node.id as AnyNode, ...uses].map((place) => renamed(place, name));
  const calls = uses.flatMap((use): Rename[] => {
    const { callee, arguments: given, end } = use as NodeOf<"CallExpression">;
    const { object } = callee as NodeOf<"MemberExpression">;
    const [first] = given;
    return [
      { start: object.start, end: object.start, text: `${name}(`, callEnd: end },
      {
        start: object.end,
        end: first === undefined ? end - 1 : first.start,
        text: first === undefined ? "" : ",",
        callEnd: 0,
      },
    ];
  });
  return [...calls, ...thesesOf(node.value.body).map((place) => renamed(place, "$self"))];
}

function declarationsOf(program: Program): Declared[] {
  const [statement] = program.body;
  const call = statement.type === "ExpressionStatement" ? statement.expression : undefined;
  const callee = call?.type === "CallExpression" ? call.callee : undefined;
  if (callee?.type !== "FunctionExpression") throw new Error("a bundle is a call of a function");
  const names = readNames(program);
  const declared: Declared[] = [];
  for (const node of callee.body.body) {
    if (node.type !== "FunctionDeclaration") continue;
    const uses = (names.referencesTo(node.id) ?? []).map((reference) => reference.node);
    const one: Declared = { node, uses, head: endOfMark(node), part: undefined };
    if (one.head !== undefined) one.part = one;
    declared.push(one);
  }
  return [...declared, ...methodsOf(program, callee.body.body)];
}

/** Methods of the bundle's own classes whose names nothing else has, and which are called and nothing else. */
function methodsOf(program: Program, statements: readonly AnyNode[]): Declared[] {
  const found = new Map<string, Declared | undefined>();
  const inCore = new Set<AnyNode>();
  for (const statement of statements) {
    for (const node of statement.type === "VariableDeclaration" ? statement.declarations : []) {
      if (node.init?.type === "ClassExpression") for (const method of node.init.body.body) inCore.add(method);
    }
    if (statement.type === "ClassDeclaration") for (const method of statement.body.body) inCore.add(method);
  }
  const walk = (node: AnyNode) => {
    if (node.type === "MethodDefinition" && node.key.type === "Identifier") {
      const plain = inCore.has(node) && node.kind === "method" && !node.static && canBeFunction(node.value.body);
      const first = plain && !found.has(node.key.name) && !isOpenName(node.key.name);
      found.set(node.key.name, first ? { node, uses: [], head: undefined, part: undefined } : undefined);
    } else if (node.type === "Property" && node.key.type === "Identifier") found.set(node.key.name, undefined);
    for (const child of children(node)) walk(child);
  };
  walk(program);
  const use = (node: AnyNode, parent?: AnyNode) => {
    if (node.type === "MemberExpression" && !node.computed && node.property.type === "Identifier") {
      const method = found.get(node.property.name);
      const called = parent?.type === "CallExpression" && parent.callee === node && node.object.type !== "Super";
      if (method !== undefined && called) method.uses.push(parent);
      else found.set(node.property.name, undefined);
    }
    for (const child of children(node)) use(child, node);
  };
  use(program);
  return [...found.values()].filter((one) => one !== undefined);
}

const isClosed = (node: AnyNode): boolean =>
  node.type === "FunctionExpression" || node.type === "FunctionDeclaration" || node.type === "ClassExpression";

/** The `this` of a method's body, those of arrow functions inside too. */
function thesesOf(node: AnyNode): AnyNode[] {
  if (node.type === "ThisExpression") return [node];
  return isClosed(node) ? [] : children(node).flatMap(thesesOf);
}

/** False for a body with a `super`. */
function canBeFunction(node: AnyNode): boolean {
  return node.type !== "Super" && children(node).every(canBeFunction);
}

const within = (inner: AnyNode, outer: AnyNode): boolean => inner.start >= outer.start && inner.end <= outer.end;
