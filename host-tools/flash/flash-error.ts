/**
 * - `interpreter`: what answers is no Espruino that the bundle was tested on
 * - `locked`: a token runs on the board, and its console is closed
 * - `other-files`: the board's Storage holds files that are no token's
 * - `refused`: the interpreter did not do what it was told, or Storage does not hold what was written
 * - `not-a-token`: after its restart the board is not the token that it should be
 * - `image`: a file that is no UF2 file, or one for something else
 * - `drive`: no drive of a board in BOOTSEL mode, more than one, or one that can't be written
 */
export type FlashFault = "interpreter" | "locked" | "other-files" | "refused" | "not-a-token" | "image" | "drive";

/** A board could not be made a token. The message says what was found, what was expected and what to do. */
export class FlashError extends Error {
  override name = "FlashError";
  readonly fault: FlashFault;

  constructor(fault: FlashFault, message: string) {
    super(message);
    this.fault = fault;
  }
}
