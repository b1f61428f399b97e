/**
 * A command, a response or a data object is not what its standard says. The message says what was expected and what came, never data.
 */
export class ApduError extends Error {
  /** What a token answers when this is thrown while it reads a command. */
  readonly statusWord: number;

  constructor(statusWord: number, message: string) {
    super(message);
    this.name = "ApduError";
    this.statusWord = statusWord;
  }
}
