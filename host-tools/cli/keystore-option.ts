/** `--lab`, `--keystore`, `--enrolment-key`: where the keys are. */
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { Option } from "commander";
import { type Audit, auditLog } from "../keys/audit-log.ts";
import { createKeystore, fromHex, KeystoreError, readKeystore, readSecretFile } from "../keys/keystore.ts";
import { LaboratoryKeyService } from "../keys/laboratory-key-service.ts";
import { statePlace } from "../provisioning/pending-enrolments.ts";
import { log } from "./output.ts";
import { UsageError } from "./usage-error.ts";

export interface KeystoreOptions {
  lab?: boolean;
  keystore?: string;
  enrolmentKey?: string;
}

export const labOption = () => new Option("--lab", "take the keys from a laboratory keystore on this machine");
export const keystoreOption = () =>
  new Option("--keystore <file>", "the laboratory keystore (default: laboratory-keystore.json in ~/.config/ochre)");

/**
 * The key service of the command line.
 * @param create make a keystore where there is none
 * @throws UsageError
 * @throws KeystoreError
 */
export async function openKeyService(options: KeystoreOptions, create: boolean): Promise<LaboratoryKeyService> {
  const file = keystoreFile(options);
  const enrolmentKey = options.enrolmentKey === undefined ? undefined : await readEnrolmentKey(options.enrolmentKey);
  let keystore = await readKeystore(file);
  if (!keystore && create) {
    await createKeystore(file, enrolmentKey);
    log(`A new laboratory keystore was made: ${file}`);
    keystore = await readKeystore(file);
  }
  if (!keystore)
    throw new KeystoreError(`There is no keystore ${file}. It is made when the first token is provisioned.`);
  if (enrolmentKey) keystore.enrolmentKey.set(enrolmentKey);
  enrolmentKey?.fill(0);
  return new LaboratoryKeyService(keystore, commandAudit());
}

/** Of what the commands do with the keys: `audit.jsonl` beside the enrolments that wait, by the name of who is logged in. */
export function commandAudit(): Audit {
  return auditLog(statePlace("audit.jsonl"), actor());
}

function actor(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user often has a number and no name.
    return `uid ${process.getuid?.()}`;
  }
}

/** Where the keystore lies that is meant. @throws UsageError */
export function keystoreFile({ lab, keystore }: KeystoreOptions): string {
  if (!lab) throw new UsageError("Say where the keys are: --lab takes a laboratory keystore on this machine.");
  return keystore ?? defaultKeystore();
}

function defaultKeystore(): string {
  const config = process.env.XDG_CONFIG_HOME || join(homedir(), ".config");
  return join(config, "ochre", "laboratory-keystore.json");
}

async function readEnrolmentKey(file: string): Promise<Uint8Array> {
  const text = await readSecretFile(file);
  if (text === undefined) throw new UsageError(`There is no file ${file}.`);
  const key = fromHex(text.trim(), 32);
  if (!key) throw new UsageError(`${file} is no enrolment key: 64 hexadecimal digits are expected.`);
  return key;
}
