/** SET CLOCK: an issued token remembers it at once, another one with its personalisation. */
import { ApduError } from "../../protocol/apdu/apdu-error.ts";
import type { CommandApdu } from "../../protocol/apdu/command.ts";
import { encodeSetClockResponse, parseSetClock } from "../../protocol/apdu/set-clock.ts";
import { SW_WRONG_DATA } from "../../protocol/apdu/status-word.ts";
import { clockSetting } from "./clock-setting.ts";
import { CLOCK_HISTORY, POLICY } from "./entries.ts";
import type { Entry } from "./journal.ts";
import type { StagedKeys } from "./staged-keys.ts";
import { ISSUED, type Token } from "./token.ts";

/** What the clock chip can hold. */
const YEAR_2000 = 946684800;
const YEAR_2100 = 4102444800;

interface ClockSet {
  before: number;
  after: number;
  lostPower: boolean;
}

export class SetClock {
  private readonly token: Token;
  private readonly staged: StagedKeys;
  /** What this session did to the clock of a token that is not issued yet. */
  private done: ClockSet | undefined;

  constructor(token: Token, staged: StagedKeys) {
    this.token = token;
    this.staged = staged;
  }

  /** @throws ApduError */
  set(command: CommandApdu): Uint8Array {
    const token = this.token;
    const time = parseSetClock(command);
    this.staged.requireIssuer();
    if (time < YEAR_2000 || time >= YEAR_2100)
      throw new ApduError(SW_WRONG_DATA, "the clock holds the years 2000 to 2099");
    const before = token.board.clock.now();
    const lostPower = token.board.clock.lostPower();
    // The mark moves first: cut in between, an early mark lets the old time stand, a late one would refuse every code.
    const policy = token.journal.get(POLICY);
    if (token.state() >= ISSUED && policy !== undefined) {
      const days = (policy[4] << 8) | policy[5];
      const history = token.journal.get(CLOCK_HISTORY);
      token.journal.commit(clockSetting(history, days, before, time, lostPower));
    } else if (this.done === undefined) this.done = { before: before, after: time, lostPower: lostPower };
    // Set again because it came late: what it showed at first is what it showed.
    else this.done.after = time;
    token.board.clock.set(time);
    return encodeSetClockResponse(before);
  }

  /** What a personalisation remembers of the clock. @param days of its policy */
  entries(days: number): Entry[] {
    const done = this.done;
    if (done !== undefined) return clockSetting(undefined, days, done.before, done.after, done.lostPower);
    const now = this.token.board.clock.now();
    // A clock that this session did not set has no history by it; that of an issued token was written by SET CLOCK.
    return clockSetting(undefined, days, now, now, false).filter(function (entry) {
      return entry.id !== CLOCK_HISTORY;
    });
  }

  /** The session has ended. */
  drop(): void {
    this.done = undefined;
  }
}
