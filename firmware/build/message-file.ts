/**
 * The token's sentences, out of the bundle and into a Storage file: they are there in both languages, to be read one at a time, and no
 * code goes through all of them to find one. In the bundle a message is a number from 1 instead of a word, and a function of messages
 * reads the file (`ui/stored-text.ts`); host and tests call the sources.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AnyNode, Program } from "acorn";
import { LANGUAGE_ENGLISH, LANGUAGE_VIETNAMESE } from "../../protocol/apdu/credential-kind.ts";
import { bankMessage } from "../ui/bank-messages.ts";
import { clockMessage } from "../ui/clock-messages.ts";
import { message } from "../ui/messages.ts";
import { orderMessage } from "../ui/order-messages.ts";
import { settingsMessage } from "../ui/settings-messages.ts";
import { verifyMessage } from "../ui/verify-messages.ts";
import { codeOf } from "../ui/viscii.ts";
import { children } from "./dialect-syntax.ts";
import type { Edit } from "./edits.ts";
import { root } from "./sources.ts";

type Say = (language: number, id: never) => string;

/** The modules of messages, with the function that each exports. */
const modules: Record<string, { name: string; say: Say }> = {
  "bank-messages.ts": { name: "bankMessage", say: bankMessage },
  "clock-messages.ts": { name: "clockMessage", say: clockMessage },
  "messages.ts": { name: "message", say: message },
  "order-messages.ts": { name: "orderMessage", say: orderMessage },
  "settings-messages.ts": { name: "settingsMessage", say: settingsMessage },
  "verify-messages.ts": { name: "verifyMessage", say: verifyMessage },
};
const folder = join(root, "firmware/ui");

/** Literals that are the interpreter's too. */
const WORDS_OF_THE_LANGUAGE = new Set(["string", "number", "boolean", "object", "function", "undefined"]);

/** Messages: the number of each, and their texts. */
export interface Messages {
  numbers: ReadonlyMap<string, number>;
  /** In the token's code page: message after message, Vietnamese before English. */
  texts: Buffer[];
}

/**
 * The messages that a bundle says, or all of them.
 * @param said words among which theirs are
 * @throws Error for a word that has two meanings, or a module that is not known here
 */
export function buildMessages(said?: ReadonlySet<string>): Messages {
  const known = new Set<string>();
  const numbers = new Map<string, number>();
  const texts: string[] = [];
  for (const file of readdirSync(folder).filter((name) => /messages\.ts$/.test(name))) {
    if (!Object.hasOwn(modules, file)) throw new Error(`${file} is no module of messages that the build knows`);
    const { say } = modules[file];
    const source = readFileSync(join(folder, file), "utf8");
    for (const [, id] of source.matchAll(/case "(\w+)"/g)) {
      if (known.has(id) || WORDS_OF_THE_LANGUAGE.has(id)) throw new Error(`${file}: ${id} has another meaning already`);
      known.add(id);
      if (said?.has(id) === false) continue;
      numbers.set(id, numbers.size + 1);
      texts.push(say(LANGUAGE_VIETNAMESE, id as never), say(LANGUAGE_ENGLISH, id as never));
    }
  }
  return { numbers, texts: texts.map((text) => Buffer.from([...text.normalize("NFC")].map(codeOf))) };
}

/** The text of every literal: words for messages are among them. */
export function wordsIn(program: Program): Set<string> {
  const words = new Set<string>();
  const walk = (node: AnyNode) => {
    if (node.type === "Literal") words.add(String(node.value));
    for (const child of children(node)) walk(child);
  };
  walk(program);
  return words;
}

/** What a bundle has in place of a module of messages; undefined for any other. @param file its name */
export function storedMessages(file: string): string | undefined {
  return Object.hasOwn(modules, file)
    ? `export { storedText as ${modules[file].name} } from "./stored-text.ts"`
    : undefined;
}

/** Edits that make numbers of the words for messages. @throws Error where a word would be a member's name */
export function numberMessages(program: Program, numbers: ReadonlyMap<string, number>): Edit[] {
  const edits: Edit[] = [];
  const walk = (node: AnyNode, parent?: AnyNode) => {
    const number = node.type === "Literal" ? numbers.get(String(node.value)) : undefined;
    if (number !== undefined) {
      const member = parent?.type === "MemberExpression" || (parent?.type === "Property" && parent.key === node);
      if (member) throw new Error(`"${(node as { value?: unknown }).value}" is a message, and can be no member's name`);
      // A word before it would run into it.
      edits.push({ start: node.start, end: node.end, text: `(${number})` });
    }
    for (const child of children(node)) walk(child, node);
  };
  walk(program);
  return edits;
}
