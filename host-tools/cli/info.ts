/** `ochre info`: what a token says about itself. */
import { Command } from "commander";
import { tokenInfo } from "../device/token.ts";
import { print, table } from "./output.ts";
import { describeToken, jsonOption, portOption, type TokenOptions, withToken } from "./token-option.ts";

/** States in which nobody has set a PIN. */
const WITHOUT_PIN = ["blank", "factory", "issued"];

/** A state, and whom the token waits for in it. */
function stateText({ state, activationEnd }: ReturnType<typeof describeToken>): string {
  if (state === "factory") return "factory: waits to be provisioned";
  if (state === "locked" && activationEnd !== null)
    return "locked: five wrong activation codes, the desk has to provision it anew (--replace)";
  if (state === "locked") return "locked by wrong PINs: `ochre unlock` answers the challenge that its screen shows";
  if (state !== "issued") return state;
  if (activationEnd === null) return "issued: waits for its customer to set a PIN";
  const end = utc(activationEnd);
  return activationEnd * 1000 > Date.now()
    ? `issued: waits for the activation code of its customer's letter, good until ${end}`
    : `issued: the activation code of its customer's letter ended at ${end}, the desk has to provision it anew (--replace)`;
}

/** What a token says is not more than a number: a calendar may not have it. */
function utc(unixTime: number): string {
  const time = new Date(unixTime * 1000);
  return Number.isNaN(time.getTime())
    ? `second ${unixTime} of Unix time`
    : `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

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
          ["state", stateText(info)],
          info.activationEnd !== null
            ? ["activation tries left", String(info.pinTriesLeft)]
            : ["PIN tries left", WITHOUT_PIN.includes(info.state) ? "no PIN yet" : String(info.pinTriesLeft)],
          ["key version", String(info.keyVersion)],
          ["port", port],
        ];
        print(options.json, table(rows), { port, ...info });
      }),
    );
}
