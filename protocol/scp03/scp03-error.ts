/** The secure channel is over: what came was not what the other side's keys make, or the session had ended before. */
export class Scp03Error extends Error {
  /** What a token answers: 6982, or 6300 for a wrong host cryptogram. */
  readonly statusWord: number;

  constructor(statusWord: number, message: string) {
    super(message);
    this.name = "Scp03Error";
    this.statusWord = statusWord;
  }
}
