import { statusWordText } from "../../protocol/apdu/status-word.ts";

/** The token understood a command and did not carry it out. */
export class TokenRefusal extends Error {
  override name = "TokenRefusal";
  /** Name of the command, by its standard. */
  readonly command: string;
  readonly statusWord: number;

  constructor(command: string, statusWord: number) {
    super(`The token refused ${command}: ${statusWordText(statusWord)}.`);
    this.command = command;
    this.statusWord = statusWord;
  }
}
