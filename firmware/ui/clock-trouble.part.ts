/** Why the token does not believe its clock, and what its customer can do: the reasons of `soundTime`, told apart. */
import { decodeUnixTime } from "../../protocol/apdu/unix-time.ts";
import { CLOCK_MARK } from "../core/entries.ts";
import type { Token } from "../core/token.ts";
import { type ClockMessage, clockMessage } from "./clock-messages.ts";

/** Two lines. */
export function clockTrouble(token: Token): string[] {
  const mark = token.journal.get(CLOCK_MARK);
  const now = token.board.clock.soundNow();
  const say = function (first: ClockMessage, second: ClockMessage): string[] {
    return [clockMessage(token.language(), first), clockMessage(token.language(), second)];
  };
  if (mark === undefined || now === undefined) return say("clockLostPower", "setIt");
  return now < decodeUnixTime(mark) ? say("clockChanged", "askBank") : say("clockDue", "haveChecked");
}
