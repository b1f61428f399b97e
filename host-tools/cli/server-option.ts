/** `--server`, `--api-key-file`: where enrolments go. */
import { Option } from "commander";
import { readSecretFile } from "../keys/keystore.ts";
import { EnrolError, enrol, serverAddress } from "../provisioning/enrol.ts";
import type { Enrolment } from "../provisioning/enrolment.ts";
import { UsageError } from "./usage-error.ts";

export interface ServerOptions {
  server?: string;
  apiKeyFile?: string;
}

export const serverOption = () => new Option("--server <url>", "the validation server that learns of the token");
export const apiKeyOption = () =>
  new Option("--api-key-file <file>", "a provisioner's API key; only you may be able to read the file");

/**
 * All that can be wrong with the options is found before a token is touched.
 * @returns sends an enrolment to the server, or `undefined` where none is named
 * @throws UsageError
 * @throws KeystoreError when others may read the API key
 */
export async function enrolmentSender(
  options: ServerOptions,
): Promise<((enrolment: Enrolment, replace: boolean) => Promise<void>) | undefined> {
  const { server, apiKeyFile } = options;
  if (server === undefined && apiKeyFile === undefined) return undefined;
  if (server === undefined || apiKeyFile === undefined)
    throw new UsageError("--server and --api-key-file belong together.");
  try {
    serverAddress(server);
  } catch (error) {
    if (error instanceof EnrolError) throw new UsageError(`--server: ${error.message}`);
    throw error;
  }
  const apiKey = (await readSecretFile(apiKeyFile))?.trim();
  if (apiKey === undefined) throw new UsageError(`There is no file ${apiKeyFile}.`);
  if (!/^[!-~]+$/.test(apiKey)) throw new UsageError(`${apiKeyFile} holds no API key.`);
  return (enrolment, replace) => enrol(server, apiKey, enrolment, { replace });
}
