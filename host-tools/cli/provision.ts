/** `ochre provision`: personalises a token and enrols it. */
import { readFile } from "node:fs/promises";
import { Command, Option } from "commander";
import { LANGUAGE_ENGLISH, LANGUAGE_VIETNAMESE } from "../../protocol/apdu/credential-kind.ts";
import { nameOf } from "../keys/credential-names.ts";
import type { CredentialOrder } from "../keys/key-service.ts";
import { dropLetter, keepLetter, LetterFileError, letterFile } from "../provisioning/activation-letters.ts";
import { CredentialFileError, parseCredentialFile } from "../provisioning/credential-file.ts";
import { writePrivateFile } from "../provisioning/pending-enrolments.ts";
import { type PersonalisationStep, STANDARD_CREDENTIALS, transferCredential } from "../provisioning/personalise.ts";
import {
  DeliveryError,
  type Provisioned,
  type ProvisionOptions,
  provision,
  UnsentEnrolmentError,
} from "../provisioning/provision.ts";
import { credentialSuite, isJudged, SuiteError } from "../validation-server/rules/credential-suite.ts";
import { type KeystoreOptions, keystoreOption, labOption, openKeyService } from "./keystore-option.ts";
import { log, print } from "./output.ts";
import { apiKeyOption, enrolmentSender, type ServerOptions, serverOption } from "./server-option.ts";
import { jsonOption, portOption, type TokenOptions, withToken } from "./token-option.ts";
import { UsageError } from "./usage-error.ts";

interface Options extends TokenOptions, KeystoreOptions, ServerOptions {
  enrolment?: string;
  replace?: boolean;
  language: string;
  pinTries: string;
  autoOff: string;
  clockDays?: string;
  sign?: string;
  credentials?: string;
  activationMailer?: string;
  activationDays: string;
  atDesk?: boolean;
}

const STEPS: Record<PersonalisationStep, string> = {
  session: "opening a session under the keys that the token has",
  "issuer-keys": "putting the issuer's keys",
  "issuer-session": "opening a session under the issuer's keys",
  store: "storing policy and credentials",
  clock: "setting the clock",
  commit: "confirming",
};

export function provisionCommand(): Command {
  return new Command("provision")
    .description(
      "personalise a token: issuer's keys, a time code, a challenge code, the clock; then enrol it. All or nothing: " +
        "broken off anywhere, the same command completes it",
    )
    .addOption(portOption())
    .addOption(labOption())
    .addOption(keystoreOption())
    .option("--enrolment-key <file>", "the server's enrolment.key, in place of the keystore's own")
    .addOption(serverOption())
    .addOption(apiKeyOption())
    .addOption(new Option("--enrolment <file>", "write the enrolment to a file instead").conflicts("server"))
    .option("--replace", "also a token that is personalised: new credentials, and its customer's PIN is forgotten")
    .addOption(new Option("--language <code>", "the token's language").choices(["en", "vi"]).default("en"))
    .option("--pin-tries <n>", "wrong PINs before the token locks, 1 to 10", "5")
    .option(
      "--clock-days <n>",
      "days after which a token gives no codes unless its clock was set at a desk (default: never)",
    )
    .option("--auto-off <seconds>", "time without a key before the token switches off", "30")
    .option(
      "--sign <currency>",
      "also a credential that signs transfers, which the customer types, in this currency (VND)",
    )
    .addOption(
      new Option(
        "--credentials <file>",
        "the token's credentials, a JSON list of up to 8, in place of the standard ones (host-tools/provisioning/README.md)",
      ).conflicts("sign"),
    )
    .option(
      "--activation-mailer <file>",
      "where to write what the customer's letter has to say: the activation code that the token asks for before it takes a PIN. " +
        "A secret (default: letters/SERIAL.json in ~/.local/state/ochre)",
    )
    .option("--activation-days <n>", "days for which the activation code is good", "30")
    .addOption(
      new Option(
        "--at-desk",
        "no activation code: the customer sets the PIN at the desk, under the bank's eyes. Until then whoever has the token can set it, " +
          "and the flash holds its seeds in clear",
      ).conflicts(["activationMailer", "activationDays"]),
    )
    .addOption(jsonOption())
    .action(run);
}

async function run(options: Options): Promise<void> {
  const send = await enrolmentSender(options);
  const policy = {
    pinTryLimit: whole(options.pinTries, "--pin-tries", 10),
    autoOffSeconds: whole(options.autoOff, "--auto-off", 65_535),
    ...(options.clockDays === undefined ? {} : { clockDays: whole(options.clockDays, "--clock-days", 65_535) }),
    language: options.language === "vi" ? LANGUAGE_VIETNAMESE : LANGUAGE_ENGLISH,
  };
  const credentials = options.credentials ? await credentialsIn(options.credentials) : [...STANDARD_CREDENTIALS];
  if (options.sign !== undefined) {
    if (!/^[A-Z]{3}$/.test(options.sign)) throw new UsageError("--sign is a currency of ISO 4217: VND.");
    credentials.push(transferCredential(credentials.length, options.sign));
  }
  if (send !== undefined) checkForServer(credentials);
  const days = whole(options.activationDays, "--activation-days", 365);
  const keys = await openKeyService(options, true);
  let letter: string | undefined;
  try {
    const provisioned = await withToken(options, (transport) =>
      provision(transport, keys, {
        policy,
        credentials,
        replace: options.replace,
        activation: options.atDesk ? undefined : { days },
        keepLetter: async (made, confirmed) => {
          const file = options.activationMailer ?? letterFile(made.serial);
          await keepLetter(file, made, confirmed);
          if (confirmed) letter = file;
        },
        deliver: send ?? (options.enrolment === undefined ? undefined : writer(options.enrolment)),
        progress: (step, done, total) => log(`${done + 1}/${total} ${STEPS[step]}`),
      }),
    );
    await voidLetter(provisioned.enrolment.serial, letter);
    report(provisioned, options, letter);
  } catch (error) {
    if (error instanceof LetterFileError) throw new UsageError(error.message);
    if (error instanceof DeliveryError) {
      await voidLetter(error.serial, letter);
      if (letter !== undefined) error.message += ` ${aboutLetter(letter)}`;
      // At the end, where nothing is copied along with it.
      error.message += ` Send the enrolment with: ${resend(error.file, options)}`;
    }
    if (error instanceof UnsentEnrolmentError)
      error.message += ` It only has to be sent: ${resend(error.file, options)}`;
    throw error;
  } finally {
    keys.close();
  }
}

/** An earlier letter in the usual place says what the token takes no longer. */
async function voidLetter(serial: string, letter: string | undefined): Promise<void> {
  if (letter !== letterFile(serial)) await dropLetter(serial);
}

function aboutLetter(file: string): string {
  return `SECRET: the activation code for its customer's letter is in ${file}. Send the letter apart from the token, and delete the file when it is printed.`;
}

async function credentialsIn(file: string): Promise<CredentialOrder[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`--credentials: ${file} can't be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  try {
    return parseCredentialFile(text);
  } catch (error) {
    if (error instanceof CredentialFileError) throw new UsageError(`--credentials ${file}: ${error.message}`);
    throw error;
  }
}

/** What the server would refuse is refused before a token has it. */
function checkForServer(credentials: readonly CredentialOrder[]): void {
  const instead = "With --enrolment FILE in place of --server, the enrolment is kept for a server that can.";
  for (const [at, credential] of credentials.entries()) {
    const { kind, suite } = credential;
    const name = nameOf(credential);
    if (credentials.slice(0, at).some((other) => other.kind === kind))
      throw new UsageError(`The server takes one credential of kind ${kind} a token; "${name}" is another. ${instead}`);
    try {
      if (isJudged(kind)) credentialSuite(kind, suite);
    } catch (error) {
      if (error instanceof SuiteError) throw new UsageError(`"${name}": ${error.message} at the server. ${instead}`);
      throw error;
    }
  }
}

/** As the server takes it, with a flag where it replaces an earlier one. */
function writer(file: string): ProvisionOptions["deliver"] {
  return (enrolment, replace) => writePrivateFile(file, replace ? { ...enrolment, replace } : enrolment);
}

function report({ enrolment, pendingFile }: Provisioned, options: Options, letter: string | undefined): void {
  const { serial, credentials } = enrolment;
  const file = pendingFile ?? options.enrolment;
  const where = file === undefined ? `enrolled at ${options.server}` : `its enrolment is in ${file}`;
  const lines = [`Token ${serial} is personalised (${credentials.map(({ label }) => label).join(", ")}); ${where}.`];
  if (file !== undefined) lines.push(`Send it with: ${resend(file, options)}`);
  lines.push(
    letter === undefined
      ? "Its customer sets the PIN now, at the desk: until then whoever has the token can set it."
      : aboutLetter(letter),
  );
  print(options.json, lines, {
    ...enrolment,
    credentials: credentials.map(({ sealedSeed: _, ...credential }) => credential),
    server: file === undefined ? options.server : null,
    enrolmentFile: file ?? null,
    activationMailer: letter ?? null,
  });
}

function resend(file: string, { server = "URL", apiKeyFile = "FILE" }: Options): string {
  return `ochre enrol ${file} --server ${server} --api-key-file ${apiKeyFile}`;
}

function whole(text: string, option: string, most: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most) throw new UsageError(`${option} is a number from 1 to ${most}.`);
  return value;
}
