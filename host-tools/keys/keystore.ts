/**
 * The laboratory's keystore: one JSON file with its keys in clear, guarded by nothing but the file's mode. Enough for a desk with test
 * tokens; an issuer's keys belong into a key service that nobody can read.
 */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { link, mkdir, open, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { type Audit, noAudit } from "./audit-log.ts";
import { LABORATORY_BATCH_KEY, LABORATORY_ISSUER_ID, LABORATORY_KEY_VERSION } from "./laboratory.ts";

/** Version of the keys that a personalised token gets. */
const ISSUER_KEY_VERSION = 0x30;

/** Of GlobalPlatform's one byte, those that no reserved meaning touches. */
const LAST_KEY_VERSION = 127;

const FORMAT = "ochre-laboratory-keystore-1";

export interface VersionedKey {
  /** 1 to 127; no two keys of a keystore have the same */
  version: number;
  /** 16 bytes */
  key: Uint8Array;
}

export interface Keystore {
  /** 8 bytes */
  issuerId: Uint8Array;
  /** Gives personalised tokens their keys. */
  issuerMasterKey: VersionedKey;
  /** Gave them to tokens before, which have not been given the new ones yet. */
  formerIssuerKeys?: VersionedKey[];
  /** Gave factory tokens their keys. */
  batchKeys: VersionedKey[];
  /** 32 bytes, shared with the validation server: seals the seeds on their way there */
  enrolmentKey: Uint8Array;
}

/** The keystore can't be used. Never says what is in it. */
export class KeystoreError extends Error {
  override name = "KeystoreError";
}

/**
 * Writes a new keystore: random issuer master key, the laboratory's batch key. The file appears complete or not at all, with mode 0600.
 * @param enrolmentKey the validation server's, 32 bytes; random when left out
 * @throws KeystoreError when there is a file already: a keystore that is overwritten takes every token with it
 */
export async function createKeystore(file: string, enrolmentKey: Uint8Array = randomBytes(32)): Promise<void> {
  if (enrolmentKey.length !== 32)
    throw new KeystoreError(`An enrolment key has 32 bytes, this one has ${enrolmentKey.length}.`);
  const content = contentOf({
    issuerId: LABORATORY_ISSUER_ID,
    issuerMasterKey: { version: ISSUER_KEY_VERSION, key: randomBytes(16) },
    batchKeys: [{ version: LABORATORY_KEY_VERSION, key: LABORATORY_BATCH_KEY }],
    enrolmentKey,
  });
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  const handle = await open(draft, "wx", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await handle.sync();
    await link(draft, file); // unlike a rename, it does not replace
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST")
      throw new KeystoreError(`There is a keystore ${file} already.`);
    throw error;
  } finally {
    await handle.close();
    await unlink(draft);
  }
}

/**
 * @returns `undefined` when there is no such file
 * @throws KeystoreError when others may read the file, or it is no keystore
 */
export async function readKeystore(file: string): Promise<Keystore | undefined> {
  const text = await readSecretFile(file);
  if (text === undefined) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new KeystoreError(`${file} is not JSON.`);
  }
  const keystore = parseKeystore(content);
  if (keystore === undefined) throw new KeystoreError(`${file} is not a laboratory keystore.`);
  return keystore;
}

/**
 * Gives the keystore a new issuer master key, of the next version, and keeps the present one for the tokens that have their keys of it.
 * The file changes completely or not at all.
 * @param audit records the new version before the file has it
 * @returns the versions that it has then, the new one first
 * @throws KeystoreError when there is no keystore, another rotation is under way, or all versions have been used
 */
export async function rotateIssuerKey(file: string, audit: Audit = noAudit): Promise<number[]> {
  const draft = `${file}.new`;
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(draft, "wx", 0o600); // before the keystore is read: of two rotations at once, one would lose its key
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new KeystoreError(`There is no keystore ${file}.`);
    if (code !== "EEXIST") throw error;
    throw new KeystoreError(`Another rotation is under way, or was broken off. If none is, delete ${draft} first.`);
  }
  try {
    const keystore = await readKeystore(file);
    if (!keystore) throw new KeystoreError(`There is no keystore ${file}.`);
    const { issuerMasterKey: present, formerIssuerKeys = [], batchKeys } = keystore;
    const taken = [present, ...formerIssuerKeys, ...batchKeys].map(({ version }) => version);
    let version = present.version + 1;
    while (taken.includes(version)) version++;
    if (version > LAST_KEY_VERSION)
      throw new KeystoreError(`${file} has used all key versions up to ${LAST_KEY_VERSION}.`);
    await audit({ event: "issuer-key", keyVersion: version });
    const rotated = {
      ...keystore,
      issuerMasterKey: { version, key: new Uint8Array(randomBytes(16)) },
      formerIssuerKeys: [present, ...formerIssuerKeys],
    };
    await handle.writeFile(`${JSON.stringify(contentOf(rotated), null, 2)}\n`);
    await handle.sync();
    wipeKeystore(rotated);
    await rename(draft, file);
    return [version, ...rotated.formerIssuerKeys.map((former) => former.version)];
  } catch (error) {
    await unlink(draft);
    throw error;
  } finally {
    await handle.close();
  }
}

/** Overwrites the keys. */
export function wipeKeystore(keystore: Keystore): void {
  keystore.issuerMasterKey.key.fill(0);
  for (const { key } of keystore.formerIssuerKeys ?? []) key.fill(0);
  for (const { key } of keystore.batchKeys) key.fill(0);
  keystore.enrolmentKey.fill(0);
}

/**
 * The text of a file that must be this user's alone.
 * @returns `undefined` when there is no such file
 * @throws KeystoreError when the file is another user's, or others may read or write it
 */
export async function readSecretFile(file: string): Promise<string | undefined> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(file, constants.O_RDONLY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new KeystoreError(`${file} can't be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  try {
    const status = await handle.stat(); // of the opened file: the name might be given to another in between
    if (!status.isFile()) throw new KeystoreError(`${file} is not a file.`);
    if (process.getuid !== undefined) {
      if (status.uid !== process.getuid()) throw new KeystoreError(`${file} belongs to another user.`);
      if ((status.mode & 0o077) !== 0)
        throw new KeystoreError(`${file} is open to other users. Make it yours alone: chmod 600 ${file}`);
    }
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

/** What the file says. */
function contentOf({
  issuerId,
  issuerMasterKey,
  formerIssuerKeys,
  batchKeys,
  enrolmentKey,
}: Readonly<Keystore>): object {
  const hex = (bytes: Readonly<Uint8Array>) => Buffer.from(bytes).toString("hex");
  const versioned = ({ version, key }: VersionedKey) => ({ version, key: hex(key) });
  return {
    format: FORMAT,
    issuerId: hex(issuerId),
    issuerMasterKey: versioned(issuerMasterKey),
    formerIssuerKeys: formerIssuerKeys?.map(versioned),
    batchKeys: batchKeys.map(versioned),
    enrolmentKey: hex(enrolmentKey),
  };
}

function parseKeystore(content: unknown): Keystore | undefined {
  if (!isRecord(content) || content.format !== FORMAT) return undefined;
  const issuerId = fromHex(content.issuerId, 8);
  const issuerMasterKey = versionedKey(content.issuerMasterKey);
  const enrolmentKey = fromHex(content.enrolmentKey, 32);
  const batchKeys = versionedKeys(content.batchKeys);
  const formerIssuerKeys = versionedKeys(content.formerIssuerKeys ?? []); // a keystore that never rotated has none
  if (!issuerId || !issuerMasterKey || !enrolmentKey || !batchKeys || !formerIssuerKeys) return undefined;
  const versions = [issuerMasterKey, ...formerIssuerKeys, ...batchKeys].map((key) => key.version);
  if (new Set(versions).size !== versions.length) return undefined;
  return { issuerId, issuerMasterKey, formerIssuerKeys, batchKeys, enrolmentKey };
}

function versionedKeys(value: unknown): VersionedKey[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const keys = value.map(versionedKey).filter((key) => key !== undefined);
  return keys.length === value.length ? keys : undefined;
}

function versionedKey(value: unknown): VersionedKey | undefined {
  if (!isRecord(value)) return undefined;
  const key = fromHex(value.key, 16);
  const version = value.version;
  if (!key || typeof version !== "number" || !Number.isInteger(version) || version < 1 || version > 127)
    return undefined;
  return { version, key };
}

/** Exactly so many bytes in hexadecimal digits, or `undefined`. */
export function fromHex(value: unknown, length: number): Uint8Array | undefined {
  if (typeof value !== "string" || value.length !== 2 * length || !/^[0-9a-f]+$/i.test(value)) return undefined;
  return new Uint8Array(Buffer.from(value, "hex"));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
