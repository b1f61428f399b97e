/** `ochre enrol`: sends an enrolment that waits in a file to the validation server. */
import { Command } from "commander";
import { EnrolmentFormatError } from "../provisioning/enrolment.ts";
import { dropPending, readPending } from "../provisioning/pending-enrolments.ts";
import { print } from "./output.ts";
import { apiKeyOption, enrolmentSender, type ServerOptions, serverOption } from "./server-option.ts";
import { jsonOption } from "./token-option.ts";

interface Options extends ServerOptions {
  replace?: boolean;
  json?: boolean;
}

export function enrolCommand(): Command {
  return new Command("enrol")
    .description("send an enrolment to the validation server: one that `ochre provision` kept or wrote to a file")
    .argument("<file>", "the enrolment")
    .addOption(serverOption().makeOptionMandatory())
    .addOption(apiKeyOption().makeOptionMandatory())
    .option("--replace", "replace what the server knows of this token")
    .addOption(jsonOption())
    .action(async (file: string, options: Options) => {
      const send = await enrolmentSender(options);
      const { enrolment, confirmed, replace } = await readPending(file);
      const { serial } = enrolment;
      if (!confirmed)
        throw new EnrolmentFormatError(
          `Token ${serial} never confirmed this enrolment: it may hold other seeds. Plug it in and run \`ochre provision\` again.`,
        );
      await send?.(enrolment, replace || options.replace === true);
      await dropPending(serial);
      print(options.json, [`Token ${serial} is enrolled at ${options.server}.`], { serial, server: options.server });
    });
}
