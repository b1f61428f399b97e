/** `ochre unlock`: the answer for a customer whose token wrong PINs have locked. */
import { Command, Option } from "commander";
import { model as buttonsModel } from "../../firmware/boards/pico-buttons/wiring.ts";
import { model as keypadModel } from "../../firmware/boards/pico-keypad/wiring.ts";
import { type KeystoreOptions, keystoreOption, labOption, openKeyService } from "./keystore-option.ts";
import { log, print } from "./output.ts";
import { parseSerial } from "./serial-number.ts";
import { jsonOption } from "./token-option.ts";
import { UsageError } from "./usage-error.ts";

interface Options extends KeystoreOptions {
  serial: string;
  challenge: string;
  board: string;
  model?: string;
  keyVersion?: string;
  newPin?: boolean;
  json?: boolean;
}

/** Of the boards here whose tokens a bank can unlock. */
const MODELS: Record<string, number> = { "pico-buttons": buttonsModel, "pico-keypad": keypadModel };

export function unlockCommand(): Command {
  return new Command("unlock")
    .description(
      "tell the answer to the challenge of a locked token, which keeps its PIN unless a new one is agreed on. Nothing has to be plugged " +
        "in; first make sure that it is the token's customer who is asking. Who answered for which token, and whether a new PIN was agreed on, " +
        "stands in audit.jsonl in ~/.local/state/ochre",
    )
    .requiredOption("--serial <number>", "the token's serial number, as its screen shows it")
    .requiredOption(
      "--challenge <digits>",
      "the eight digits that the customer reads from it, with or without the space",
    )
    .option(
      "--new-pin",
      "the customer has forgotten the PIN and may set another: whoever holds the token then is its customer (challenges that begin with 2)",
    )
    .addOption(
      new Option("--board <name>", "the token's board, as the first screen of its settings and `ochre info` tell it")
        .choices(Object.keys(MODELS))
        .default("pico-keypad"),
    )
    .addOption(
      new Option("--model <hex>", "of a board that is none of these: its model, as `ochre info` tells it").conflicts(
        "board",
      ),
    )
    .option(
      "--key-version <n>",
      "of the token's keys, as its screen of versions and `ochre info` tell it, where the issuer key was rotated",
    )
    .addOption(labOption())
    .addOption(keystoreOption())
    .addOption(jsonOption())
    .action(run);
}

async function run({ serial, challenge, newPin = false, keyVersion, ...options }: Options): Promise<void> {
  const model = options.model ?? MODELS[options.board].toString(16).padStart(4, "0");
  if (!/^[0-9a-f]{4}$/i.test(model)) throw new UsageError("--model is four hexadecimal digits.");
  if (keyVersion !== undefined && !/^[1-9]\d{0,2}$/.test(keyVersion))
    throw new UsageError("--key-version is a number from 1 to 127.");
  const keys = await openKeyService(options, false);
  try {
    const token = {
      serial: parseSerial(serial),
      model: new Uint8Array(Buffer.from(model, "hex")),
      keyVersion: keyVersion === undefined ? undefined : Number(keyVersion),
    };
    const answer = await keys.unlockAnswer(token, challenge.replaceAll(" ", ""), newPin);
    // On no board but this one it is right: who answers a telephone can't see which one the customer holds.
    log(
      `For token ${serial}, ${options.model === undefined ? options.board : `model ${model}`}. Its customer presses OK and types:`,
    );
    print(options.json, [`${answer.slice(0, 4)} ${answer.slice(4)}`], { serial, answer, newPin });
  } finally {
    keys.close();
  }
}
