/**
 * The server's secrets, in one JSON file that only its user can read: the key that seeds are stored under, the key that enrolments
 * come sealed under, and who may call the API. API keys are kept as SHA-256 alone: 256 random bits need no slow hash.
 */
import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Static, Type } from "typebox";
import { Value } from "typebox/value";
import { StartError } from "./start-error.ts";

const Hex32 = Type.String({ pattern: "^[0-9a-f]{64}$" });

export const Role = Type.Union([Type.Literal("provisioner"), Type.Literal("bank")]);
export type Role = Static<typeof Role>;

const KeysFileSchema = Type.Object(
  {
    storageKey: Hex32,
    enrolmentKey: Hex32,
    apiKeys: Type.Array(
      Type.Object(
        { name: Type.String({ minLength: 1, maxLength: 64 }), role: Role, sha256: Hex32 },
        { additionalProperties: false },
      ),
      { minItems: 1 },
    ),
  },
  { additionalProperties: false },
);

/** `storageKey` and `enrolmentKey`: 32 bytes each, hex. `sha256`: of the API key's text, hex. */
export type KeysFile = Static<typeof KeysFileSchema>;

export class KeysFileError extends StartError {
  override name = "KeysFileError";
}

/** One of the files that were to be made is there already. */
class InTheWayError extends KeysFileError {
  constructor(path: string) {
    super(`${path} is there already, and is not overwritten`);
  }
}

/** The mode bits of group and others. */
const OTHERS = 0o077;

function writeWhole(file: string, text: string): void {
  const fd = openSync(file, "wx", 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes an API key; only its hash goes into the keys file. */
export function makeApiKey(name: string, role: Role): { key: string; entry: KeysFile["apiKeys"][number] } {
  const key = `ochre_${role}_${randomBytes(32).toString("base64url")}`;
  return { key, entry: { name, role, sha256: createHash("sha256").update(key).digest("hex") } };
}

/** A keys file just made, and what is handed out from it. */
export interface NewKeys {
  keys: KeysFile;
  provisionerKey: string;
  bankKey: string;
  /** The paths of everything that was written. */
  files: string[];
}

/**
 * Makes a keys file with random keys. Beside it, each in a file of its own that only this user can read, lies what others are to be
 * given: `provisioner.key` and `bank.key` (API keys) and `enrolment.key` (hex, for the key service).
 * @throws KeysFileError when one of the four is there already, or can't be written
 */
export function createKeysFile(file: string): NewKeys {
  const folder = dirname(file);
  const provisioner = makeApiKey("provisioner", "provisioner");
  const bank = makeApiKey("bank", "bank");
  const keys: KeysFile = {
    storageKey: randomBytes(32).toString("hex"),
    enrolmentKey: randomBytes(32).toString("hex"),
    apiKeys: [provisioner.entry, bank.entry],
  };
  // The keys file last: whoever finds it finds what belongs to it, and a start that failed before can be tried again.
  const files = Object.entries({
    [join(folder, "provisioner.key")]: `${provisioner.key}\n`,
    [join(folder, "bank.key")]: `${bank.key}\n`,
    [join(folder, "enrolment.key")]: `${keys.enrolmentKey}\n`,
    [file]: `${JSON.stringify(keys, null, 2)}\n`,
  }).map(([path, text]) => ({
    path,
    text,
    aside: join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}`),
  }));
  const made: string[] = [];
  try {
    // Written aside and linked into place: no process ever reads half a file, and of two that start at once one wins.
    for (const { aside, text } of files) writeWhole(aside, text);
    for (const { aside, path } of files) {
      linkNew(aside, path);
      made.push(path);
    }
  } catch (error) {
    for (const path of made) rmSync(path, { force: true });
    throw asKeysFileError(error);
  } finally {
    for (const { aside } of files) rmSync(aside, { force: true });
  }
  return { keys, provisionerKey: provisioner.key, bankKey: bank.key, files: made.reverse() };
}

/** @throws InTheWayError for anything of that name, a link to nowhere included */
function linkNew(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "EEXIST" ? new InTheWayError(to) : error;
  }
}

/** A system error names the path and what is the matter with it, and nothing of the content. */
function asKeysFileError(error: unknown): KeysFileError {
  if (error instanceof KeysFileError) return error;
  return new KeysFileError(`the keys file can't be used: ${(error as Error).message}`);
}

/** @throws KeysFileError when others can read it, or it is no keys file */
export function readKeysFile(file: string): KeysFile {
  let text: string;
  try {
    const fd = openSync(file, "r");
    try {
      if (process.platform !== "win32" && (fstatSync(fd).mode & OTHERS) !== 0)
        throw new KeysFileError(`${file} can be read or written by others: expected mode 0600 (chmod 600 ${file})`);
      text = readFileSync(fd, "utf8");
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw asKeysFileError(error);
  }
  let keys: unknown;
  try {
    keys = JSON.parse(text);
  } catch {
    // The parser's own message quotes the file.
    throw new KeysFileError(`${file} is not JSON`);
  }
  if (!Value.Check(KeysFileSchema, keys))
    throw new KeysFileError(
      `${file} is no keys file: expected { storageKey, enrolmentKey: 64 hex digits each, apiKeys: [{ name, role, sha256 }] }`,
    );
  return keys;
}

/** Milliseconds that another process may take to link four files that it has written. */
const OTHER_STARTER = 200;

/** Waits for another process, started at the same moment, that is making the keys file. False: nobody is. */
function madeByAnother(file: string): boolean {
  const giveUp = performance.now() + OTHER_STARTER;
  while (!existsSync(file)) {
    if (performance.now() > giveUp) return false;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  }
  return true;
}

/**
 * Reads the keys file, after making it where there is none.
 * @returns the keys, and the files that were made
 * @throws KeysFileError
 */
export function openKeysFile(file: string): { keys: KeysFile; created: string[] } {
  if (!existsSync(file))
    try {
      const { keys, files } = createKeysFile(file);
      return { keys, created: files };
    } catch (error) {
      if (!(error instanceof InTheWayError) || !madeByAnother(file)) throw error;
    }
  return { keys: readKeysFile(file), created: [] };
}
