/** A locked token's challenge is read to the bank, and the bank's answer typed. */
import { ANSWER_LENGTH, unlock, unlockChallenge, unlockWait } from "../core/unlock.ts";
import { type BankMessage, bankMessage } from "./bank-messages.ts";
import { clockTrouble } from "./clock-trouble.part.ts";
import { DigitEntry, inFours } from "./digit-entry.ts";
import type { Face } from "./face.ts";
import type { Flow } from "./flow.ts";
import { newPin } from "./new-pin.part.ts";

/** @param forgotten a new PIN is set with the answer, on a board that can */
export function unlocking(face: Face, forgotten: boolean): Flow {
  const token = face.token;
  const canvas = face.canvas;
  const font = face.fonts.text;
  const entry = new DigitEntry(ANSWER_LENGTH);
  let challenge = unlockChallenge(token, forgotten);
  let typing = false;

  const say = function (id: BankMessage): string {
    return bankMessage(token.language(), id);
  };
  /** What stands in the way of an answer, as a screen. False when nothing does. */
  const refused = function (): boolean {
    const wait = unlockWait(token);
    if (wait === 0 && challenge !== undefined) return false;
    if (wait === undefined || challenge === undefined) {
      challenge = undefined;
      face.show("flow");
    } else {
      const until = wait === Infinity ? face.say("goToBank") : say("waitMinutes") + Math.ceil(wait / 60);
      face.noticeText(say("tooManyWrong"), until, "off");
    }
    return true;
  };
  const drawAnswer = function (): void {
    face.drawEntry(entry.groups(token.board.wire, ANSWER_LENGTH));
    canvas.clearPages(6, 7);
    const hint = face.digitHint(entry, ANSWER_LENGTH, entry.length === ANSWER_LENGTH ? "okOrClear" : undefined);
    canvas.centred(font, 6, hint === undefined ? say("answerDigits") : face.say(hint));
  };
  const judge = function (): void {
    const digits = entry.copy();
    entry.begin(ANSWER_LENGTH);
    if (unlock(token, digits, forgotten)) {
      if (forgotten) {
        // The vault is open to a new PIN, and to nothing else: what shows another screen closes it.
        face.begin(newPin(face, false));
        return;
      }
      face.forget();
      face.noticeText(say("unlocked"), say("pinAsBefore"), "pin");
      return;
    }
    typing = false;
    // It may have died meanwhile.
    challenge = unlockChallenge(token, forgotten);
    if (!refused()) face.noticeText(say("wrongAnswer"), face.say("readAgain"), "flow");
  };

  return {
    draw: function () {
      if (challenge === undefined) {
        const lines = clockTrouble(token);
        canvas.centred(font, 2, lines[0]);
        canvas.centred(font, 4, lines[1]);
      } else if (typing) {
        canvas.centred(font, 0, say("answer"));
        drawAnswer();
      } else {
        canvas.centred(font, 0, say("readToBank"));
        face.drawDigits(inFours(challenge));
        canvas.centred(font, 6, say("okAnswer"));
      }
    },
    key: function (key) {
      if (typing && entry.key(key)) {
        drawAnswer();
        canvas.flush();
      } else if (key === "CLEAR") face.off();
      else if (key === "OK" && !typing) {
        if (refused()) return;
        typing = true;
        face.show("flow");
      } else if (key === "OK" && entry.length === ANSWER_LENGTH) face.work(true, judge);
    },
    forget: function () {
      entry.begin(ANSWER_LENGTH);
    },
  };
}
