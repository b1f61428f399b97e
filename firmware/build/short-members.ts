/**
 * Short names for the members of a bundle's own objects. esbuild shortens variables and leaves members as they are, because it cannot
 * know who else reaches them; here the whole program is known. A tenth of the bundle.
 *
 * A member is the program's own when the program defines it: as a method, as a key of an object, or by an assignment. Its name stays
 * where somebody else may mean it too: values of the language, the interpreter, whoever calls the exports, or a text.
 */
import type { AnyNode, Program } from "acorn";
import { allowedMembers, allowedModules } from "./dialect-names.ts";
import { children } from "./dialect-syntax.ts";
import type { Edit } from "./edits.ts";

/** Gains nothing below this length. */
const WORTH_IT = 3;

const words = (text: string): string[] => text.trim().split(/\s+/);

/** Members of the interpreter's values, and keys of what its functions take and give. */
const INTERPRETER: ReadonlySet<string> = new Set([
  ...Object.values(allowedMembers).flat(),
  ...Object.values(allowedModules).flat(),
  ...words(
    "setup sda scl bitrate freq repeat edge debounce data state time lastTime pin addr length force mode iv usage vertical_byte msb",
  ),
  ...[
    Object,
    Function,
    Array,
    String,
    Number,
    Date,
    RegExp,
    Error,
    ArrayBuffer,
    DataView,
    Uint8Array,
    Math,
    JSON,
  ].flatMap(namesOf),
]);

/** What is reached from outside through the object that `conformance()` gives: by tests on an interpreter, and by the benchmark. */
const CONFORMANCE: ReadonlySet<string> = new Set([
  ...words(
    "crypto hmac pbkdf2 pinRounds primitives typescript otp hotp totp timeStep parseSuite dataInput ocra checkChallenge",
  ),
  ...words("order encodeOrder decodeOrder orderQuestion tag value"),
  ...words("scp03 cmac cmacKey pad unpad kdf sessionKeys"),
  ...words("hashes loadAes128 aes128 providers sha1 sha256 sha512 digest blockLen outputLen hmacStates"),
  ...words("encryptBlock decryptBlock cbcEncrypt cbcDecrypt wipe"),
  ...words("counter pinHash sessionLength timeStepSeconds digits question secondQuestion timeStep session"),
]);

/** Whether somebody else may mean a member by this name: the language, the interpreter, or who calls the exports. */
export function isOpenName(name: string): boolean {
  return INTERPRETER.has(name) || CONFORMANCE.has(name);
}

/** Edits that rename each such member, the same everywhere. @param program a module that exports by a list of names */
export function shortenMembers(program: Program): Edit[] {
  /** Every name that a member has by whatever way: none of the new ones may be one of them. */
  const taken = new Set<string>();
  const own = new Set<string>();
  /** Names that somebody may reach otherwise: as a text, by an accessor, or from outside. */
  const open = new Set<string>();
  const places: { name: string; start: number; end: number; shorthand: boolean }[] = [];

  const place = ({ name, start, end }: { name: string; start: number; end: number }, shorthand = false) => {
    taken.add(name);
    places.push({ name, start, end, shorthand });
  };
  const walk = (node: AnyNode) => {
    if (node.type === "MemberExpression" && !node.computed && node.property.type === "Identifier") {
      place(node.property);
    } else if (node.type === "MethodDefinition" && node.key.type === "Identifier") {
      place(node.key);
      if (node.kind === "method" && !node.static) own.add(node.key.name);
      else open.add(node.key.name);
    } else if (node.type === "Property" && node.key.type === "Identifier") {
      place(node.key, node.shorthand);
      own.add(node.key.name);
    } else if (node.type === "Literal" && typeof node.value === "string") {
      open.add(node.value);
    }
    if (node.type === "AssignmentExpression" && node.left.type === "MemberExpression" && !node.left.computed) {
      if (node.left.property.type === "Identifier") own.add(node.left.property.name);
    }
    for (const child of children(node)) walk(child);
  };
  walk(program);

  const stays = (name: string) => name.length < WORTH_IT || !own.has(name) || open.has(name) || isOpenName(name);
  const uses = new Map<string, number>();
  for (const { name } of places) if (!stays(name)) uses.set(name, (uses.get(name) ?? 0) + name.length);
  // The longest in all get the shortest names.
  const names = new Map<string, string>();
  const fresh = shortNames(taken);
  for (const [name] of [...uses].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))) {
    names.set(name, fresh.next().value as string);
  }
  return places
    .filter(({ name }) => names.has(name))
    .map(({ name, start, end, shorthand }) =>
      shorthand ? { start, end: start, text: `${names.get(name)}:` } : { start, end, text: names.get(name) as string },
    );
}

/** Names of a class's or a namespace's own members, and of those of its objects. */
function namesOf(global: object): string[] {
  const all = new Set<string>();
  for (const start of [global, (global as { prototype?: object }).prototype]) {
    for (let at: object | null | undefined = start; at; at = Object.getPrototypeOf(at)) {
      for (const name of Object.getOwnPropertyNames(at)) all.add(name);
    }
  }
  return [...all];
}
/** a, b, ... z, aa, ab, ... without those that are taken. */
function* shortNames(taken: ReadonlySet<string>): Generator<string> {
  const letters = "abcdefghijklmnopqrstuvwxyz";
  for (let number = 0; ; number++) {
    let name = "";
    for (let rest = number + 1; rest > 0; rest = Math.floor((rest - 1) / letters.length)) {
      name = letters[(rest - 1) % letters.length] + name;
    }
    if (!taken.has(name) && !RESERVED.has(name)) yield name;
  }
}

/** Words that the interpreter may not take for a member's name. */
const RESERVED = new Set(["do", "if", "in", "of", "as", "is", "for", "new", "let", "var", "try", "get", "set"]);
