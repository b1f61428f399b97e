/** `ochre keys rotate`: a new issuer key for tokens to come, and for those that `ochre rekey` brings to it. */
import { Command } from "commander";
import { rotateIssuerKey } from "../keys/keystore.ts";
import { commandAudit, type KeystoreOptions, keystoreFile, keystoreOption, labOption } from "./keystore-option.ts";
import { print } from "./output.ts";
import { jsonOption } from "./token-option.ts";
import { UsageError } from "./usage-error.ts";

export function keysCommand(): Command {
  const keys = new Command("keys")
    .description("look after the issuer's keys")
    .usage("[options] <command>")
    // Commander's own answer to a command that is missing is a page of help on the standard error.
    .argument("[command]")
    .action((name?: string) => {
      const found = name === undefined ? "a command is missing" : "unknown command";
      throw new UsageError(`${found}: rotate is expected, which makes a new issuer key (ochre keys rotate --help)`);
    });
  keys
    .command("rotate")
    .description(
      "make a new issuer key: tokens that are provisioned from now on get theirs of it. The key before stays in the keystore, for the " +
        "tokens that have theirs of it, until `ochre rekey` has given each of them the new ones",
    )
    .addOption(labOption())
    .addOption(keystoreOption())
    .addOption(jsonOption())
    .action(async (options: KeystoreOptions & { json?: boolean }) => {
      const file = keystoreFile(options);
      const [version, ...former] = await rotateIssuerKey(file, commandAudit());
      const lines = [
        `The issuer key has version ${version} from now on; kept for tokens that have an earlier one: ${former.join(", ")}.`,
        `Back up ${file} now, then give each token the new keys: ochre rekey --lab`,
      ];
      print(options.json, lines, { keystore: file, version, former });
    });
  return keys;
}
