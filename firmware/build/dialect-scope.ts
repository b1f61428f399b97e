/** What names stand for: scopes, bindings and references of a bundle, and the rules that need them. */
import type { AnyNode, Program } from "acorn";
import { type ClassNode, children, type FunctionNode, type NodeOf, type Refuse } from "./dialect-syntax.ts";

interface Scope {
  readonly parent: Scope | undefined;
  /** The syntax node that opens it. */
  readonly node: AnyNode;
  /** The function around it; the program outside all. */
  readonly owner: FunctionNode | Program;
  readonly bindings: Map<string, Binding>;
}

interface Binding {
  readonly name: string;
  readonly kind: "var" | "let" | "const" | "class" | "function" | "parameter";
  readonly scope: Scope;
  /** Where it is declared. */
  readonly at: number;
  /** Each place that declares it. */
  readonly ids: NodeOf<"Identifier">[];
  /** The functions and classes that it is declared as or initialised with. */
  readonly values: (FunctionNode | ClassNode)[];
}

export interface Reference {
  readonly node: NodeOf<"Identifier">;
  readonly parent: AnyNode;
  readonly scope: Scope;
  /** True when it is called or constructed right here. */
  readonly called: boolean;
}

export interface Names {
  /** References that no binding of the bundle answers: the interpreter's globals. */
  readonly free: readonly Reference[];
  /** What a name at a place is initialised with, as far as that can be seen. */
  valuesOf(node: AnyNode): readonly (FunctionNode | ClassNode)[];
  /** All that mean what this identifier, the only one of its kind, declares; undefined where it is not the only one. */
  referencesTo(declared: NodeOf<"Identifier">): readonly Reference[] | undefined;
  checkHoisting(refuse: Refuse): void;
  checkLoopClosures(refuse: Refuse): void;
}

const isFunction = (node: AnyNode): node is FunctionNode =>
  node.type === "FunctionDeclaration" || node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression";
const isClass = (node: AnyNode): node is ClassNode =>
  node.type === "ClassDeclaration" || node.type === "ClassExpression";
const isLoop = (node: AnyNode): boolean => /^(For(In|Of)?|While|DoWhile)Statement$/.test(node.type);
const within = (inner: AnyNode, outer: AnyNode): boolean => inner.start >= outer.start && inner.end <= outer.end;

/** Reads the scopes of a whole bundle. */
export function readNames(program: Program): Names {
  const references: Reference[] = [];
  const bindings: Binding[] = [];
  const calls: { readonly node: AnyNode; readonly scope: Scope; readonly callee: AnyNode }[] = [];
  const loops: { readonly node: AnyNode; readonly scope: Scope }[] = [];

  const open = (node: AnyNode, parent: Scope | undefined, owner: FunctionNode | Program): Scope => ({
    parent,
    node,
    owner,
    bindings: new Map(),
  });
  const declare = (scope: Scope, kind: Binding["kind"], id: NodeOf<"Identifier">, value?: AnyNode | null) => {
    const known = scope.bindings.get(id.name);
    const values = known?.values ?? [];
    if (value && (isFunction(value) || isClass(value))) values.push(value);
    if (known === undefined) {
      const binding: Binding = { name: id.name, kind, scope, at: id.start, ids: [id], values };
      scope.bindings.set(id.name, binding);
      bindings.push(binding);
    } else known.ids.push(id);
  };
  const functionScope = (scope: Scope): Scope => {
    while (scope.parent !== undefined && scope.parent.owner === scope.owner) scope = scope.parent;
    return scope;
  };
  /** Declares what stands directly in a body, and the `var`s of its blocks. */
  const declareBody = (statements: readonly AnyNode[], scope: Scope) => {
    for (const statement of statements) {
      if (statement.type === "FunctionDeclaration") declare(scope, "function", statement.id!, statement);
      else if (statement.type === "ClassDeclaration") declare(scope, "class", statement.id!, statement);
      else if (statement.type === "VariableDeclaration" && statement.kind !== "var") declareVariables(statement, scope);
    }
  };
  const declareVariables = (node: NodeOf<"VariableDeclaration">, scope: Scope) => {
    for (const { id, init } of node.declarations) {
      for (const name of identifiersOf(id)) {
        declare(node.kind === "var" ? functionScope(scope) : scope, node.kind as "var" | "let" | "const", name, init);
      }
    }
  };
  const declareVars = (node: AnyNode, scope: Scope) => {
    if (node.type === "VariableDeclaration" && node.kind === "var") declareVariables(node, scope);
    for (const child of children(node)) if (!isFunction(child)) declareVars(child, scope);
  };

  const visitFunction = (node: FunctionNode, outer: Scope) => {
    let scope = outer;
    if (node.type === "FunctionExpression" && node.id) {
      scope = open(node, scope, node);
      declare(scope, "function", node.id, node);
    }
    scope = open(node, scope, node);
    for (const parameter of node.params) {
      for (const name of identifiersOf(parameter)) declare(scope, "parameter", name);
      for (const child of parameter.type === "Identifier" ? [] : children(parameter)) visit(child, scope, parameter);
    }
    declareVars(node.body, scope);
    if (node.body.type === "BlockStatement") {
      declareBody(node.body.body, scope);
      for (const statement of node.body.body) visit(statement, scope, node.body);
    } else visit(node.body, scope, node);
  };

  const visit = (node: AnyNode, scope: Scope, parent: AnyNode): void => {
    if (isFunction(node)) {
      visitFunction(node, scope);
      return;
    }
    switch (node.type) {
      case "Identifier": {
        const called = (parent.type === "CallExpression" || parent.type === "NewExpression") && parent.callee === node;
        references.push({ node, parent, scope, called });
        return;
      }
      case "MemberExpression":
        visit(node.object, scope, node);
        if (node.computed) visit(node.property, scope, node);
        return;
      case "Property":
      case "MethodDefinition":
      case "PropertyDefinition":
        if (node.computed) visit(node.key, scope, node);
        if (node.value) visit(node.value, scope, node);
        return;
      case "LabeledStatement":
        visit(node.body, scope, node);
        return;
      case "BreakStatement":
      case "ContinueStatement":
      case "MetaProperty":
        return;
      case "ClassDeclaration":
      case "ClassExpression": {
        if (node.superClass) visit(node.superClass, scope, node);
        const inner = open(node, scope, scope.owner);
        if (node.id) declare(inner, "class", node.id, node);
        for (const member of node.body.body) visit(member, inner, node.body);
        return;
      }
      case "VariableDeclarator": {
        // What is assigned to a name counts as its value: `let f = ...` and `f = ...` alike would need data flow.
        if (node.init) visit(node.init, scope, node);
        for (const child of node.id.type === "Identifier" ? [] : children(node.id)) visit(child, scope, node.id);
        return;
      }
      case "CallExpression":
      case "NewExpression":
        calls.push({ node, scope, callee: node.callee });
        break;
    }
    let inner = scope;
    if (
      node.type === "BlockStatement" ||
      node.type === "SwitchStatement" ||
      node.type === "CatchClause" ||
      isLoop(node)
    ) {
      inner = open(node, scope, scope.owner);
    }
    if (isLoop(node)) loops.push({ node, scope: inner });
    if (node.type === "BlockStatement") declareBody(node.body, inner);
    if (node.type === "SwitchStatement") for (const { consequent } of node.cases) declareBody(consequent, inner);
    if (node.type === "CatchClause" && node.param) {
      for (const name of identifiersOf(node.param)) declare(inner, "let", name);
    }
    if (node.type === "ForStatement" && node.init?.type === "VariableDeclaration" && node.init.kind !== "var") {
      declareVariables(node.init, inner);
    }
    if (
      (node.type === "ForInStatement" || node.type === "ForOfStatement") &&
      node.left.type === "VariableDeclaration"
    ) {
      if (node.left.kind !== "var") declareVariables(node.left, inner);
    }
    for (const child of children(node))
      if (!(node.type === "CatchClause" && child === node.param)) visit(child, inner, node);
  };

  const root = open(program, undefined, program);
  declareVars(program, root);
  declareBody(program.body, root);
  for (const statement of program.body) visit(statement, root, program);

  const resolve = (name: string, from: Scope): Binding | undefined => {
    for (let scope: Scope | undefined = from; scope !== undefined; scope = scope.parent) {
      const binding = scope.bindings.get(name);
      if (binding !== undefined) return binding;
    }
    return undefined;
  };
  const scopeOf = new Map<AnyNode, Scope>(references.map(({ node, scope }) => [node, scope]));
  const valuesOf = (node: AnyNode): readonly (FunctionNode | ClassNode)[] => {
    if (isFunction(node) || isClass(node)) return [node];
    const scope = scopeOf.get(node);
    return node.type !== "Identifier" || scope === undefined ? [] : (resolve(node.name, scope)?.values ?? []);
  };

  let answered: Map<Binding | undefined, Reference[]> | undefined;
  const referencesTo = (declared: NodeOf<"Identifier">): readonly Reference[] | undefined => {
    answered ??= Map.groupBy(references, ({ node, scope }) => resolve(node.name, scope));
    const binding = bindings.find(({ ids }) => ids.includes(declared));
    return binding?.ids.length === 1 ? (answered.get(binding) ?? []) : undefined;
  };

  return {
    referencesTo,
    free: references.filter(({ node, scope }) => resolve(node.name, scope) === undefined),
    valuesOf,

    checkHoisting(refuse) {
      for (const { node, scope } of references) {
        const binding = resolve(node.name, scope);
        if (binding?.kind === "function" && binding.scope.owner === scope.owner && node.start < binding.at) {
          refuse(node.start, `${node.name} is used before its declaration: function declarations are not hoisted`);
        }
      }
      // A call here runs a function from above, which calls one that is declared only below.
      for (const call of calls) {
        const seen = new Set<AnyNode>();
        const run = (callee: AnyNode): void => {
          for (const value of valuesOf(callee)) {
            if (seen.has(value)) continue;
            seen.add(value);
            const body = isFunction(value) ? value : constructorOf(value);
            if (body === undefined) continue;
            for (const { node, scope, called } of references) {
              if (!called || scope.owner !== body) continue;
              const binding = resolve(node.name, scope);
              if (
                binding?.kind === "function" &&
                binding.scope.owner === call.scope.owner &&
                call.node.start < binding.at
              ) {
                refuse(
                  call.node.start,
                  `this call runs ${node.name}, which is declared only below: declarations are not hoisted`,
                );
              }
            }
            for (const inner of calls) if (inner.scope.owner === body) run(inner.callee);
          }
        };
        run(call.callee);
      }
    },

    checkLoopClosures(refuse) {
      for (const { node, scope } of references) {
        const binding = resolve(node.name, scope);
        if (binding === undefined || !/^(let|const|class)$/.test(binding.kind) || binding.scope.owner === scope.owner)
          continue;
        const captured = loops.some(
          (loop) => loop.scope.owner === binding.scope.owner && within(binding.scope.node, loop.node),
        );
        if (captured)
          refuse(node.start, `${node.name} belongs to a loop: a closure made there sees the last round's value`);
      }
    },
  };
}

/** The constructor of a class. */
function constructorOf(node: ClassNode): FunctionNode | undefined {
  const member = node.body.body.find((m) => m.type === "MethodDefinition" && m.kind === "constructor");
  return member?.type === "MethodDefinition" ? member.value : undefined;
}

/** The names that a pattern declares. */
function identifiersOf(pattern: AnyNode): NodeOf<"Identifier">[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern];
    case "AssignmentPattern":
      return identifiersOf(pattern.left);
    case "RestElement":
      return identifiersOf(pattern.argument);
    case "ArrayPattern":
      return pattern.elements.flatMap((element) => (element ? identifiersOf(element) : []));
    case "ObjectPattern":
      return pattern.properties.flatMap((p) => identifiersOf(p.type === "Property" ? p.value : p));
    default:
      return [];
  }
}
