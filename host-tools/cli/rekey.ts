/** `ochre rekey`: gives a token the issuer's new keys. */
import { Command } from "commander";
import { rotateKeys } from "../provisioning/rotate-keys.ts";
import { type KeystoreOptions, keystoreOption, labOption, openKeyService } from "./keystore-option.ts";
import { print } from "./output.ts";
import { jsonOption, portOption, type TokenOptions, withToken } from "./token-option.ts";

export function rekeyCommand(): Command {
  return new Command("rekey")
    .description(
      "give a personalised token the issuer's new keys, after `ochre keys rotate`; its seeds and its PIN stay",
    )
    .addOption(portOption())
    .addOption(labOption())
    .addOption(keystoreOption())
    .addOption(jsonOption())
    .action(async (options: TokenOptions & KeystoreOptions) => {
      const keys = await openKeyService(options, false);
      try {
        const { serial, from, to } = await withToken(options, (transport) => rotateKeys(transport, keys));
        const line =
          from === to
            ? `Token ${serial} has the issuer's keys of version ${to} already.`
            : `Token ${serial} had the issuer's keys of version ${from}, and has those of version ${to} now.`;
        print(options.json, [line], { serial, from, to });
      } finally {
        keys.close();
      }
    });
}
