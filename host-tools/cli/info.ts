/** `ochre info`: what a token says about itself. */
import { Command } from "commander";
import { tokenInfo } from "../device/token.ts";
import { print, table } from "./output.ts";
import { describeToken, jsonOption, portOption, type TokenOptions, withToken } from "./token-option.ts";

/** States in which nobody can have set a PIN. */
const WITHOUT_PIN = ["blank", "factory"];

/** Whom a token waits for. Whether a letter's activation code comes before the PIN it does not tell a host. */
const WAITS: Record<string, string> = {
  factory: "factory: waits to be provisioned",
  issued: "issued: waits for its customer to set a PIN, after the activation code where a letter has one",
};

/** What an assurance class means, in a few words. */
const ASSURANCE = {
  O: "O, open flash: for development and pilots",
  P: "P, read-out protection",
  S: "S, secure element",
};

export function infoCommand(): Command {
  return new Command("info")
    .description("tell who a token is: serial number, board, versions, state, PIN tries left")
    .addOption(portOption())
    .addOption(jsonOption())
    .action((options: TokenOptions) =>
      withToken(options, async (transport, port) => {
        const info = describeToken(await tokenInfo(transport));
        const rows = [
          ["serial", info.serial],
          ["board", `${info.board} (model ${info.model})`],
          ["firmware", info.firmware],
          ["assurance", ASSURANCE[info.assurance]],
          ["state", WAITS[info.state] ?? info.state],
          ["PIN tries left", WITHOUT_PIN.includes(info.state) ? "no PIN yet" : String(info.pinTriesLeft)],
          ["key version", String(info.keyVersion)],
          ["port", port],
        ];
        print(options.json, table(rows), { port, ...info });
      }),
    );
}
