/**
 * A locked token's challenge is read to the bank, and the bank's answer typed. On a board that can set a new PIN, the customer is asked first
 * whether the present one is known.
 */
import { ANSWER_LENGTH, unlock, unlockChallenge, unlockWait } from "../core/unlock.ts";
import { type BankMessage, bankMessage } from "./bank-messages.ts";
import { DigitEntry } from "./digit-entry.ts";
import type { Face } from "./face.ts";
import type { Flow } from "./flow.ts";
import { newPin } from "./new-pin.part.ts";

export function unlocking(face: Face): Flow {
  const token = face.token;
  const canvas = face.canvas;
  const font = face.textFont;
  const entry = new DigitEntry(ANSWER_LENGTH);
  let forgotten = false;
  let choosing = token.vault.canRecover();
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
    const digits = entry.text(token.board.wire) + entry.places(ANSWER_LENGTH);
    canvas.clearPages(3, 7);
    canvas.centred(font, 3, digits.substr(0, 4) + " " + digits.substr(4));
    canvas.centred(font, 6, entry.length === ANSWER_LENGTH ? face.say("okOrClear") : say("answerDigits"));
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
        canvas.centred(font, 2, face.say("clockChanged"));
        canvas.centred(font, 4, face.say("goToBank"));
      } else if (choosing) {
        canvas.text(font, 0, 0, say("pinKnown"));
        canvas.text(font, 2, 0, say("keepPin"));
        canvas.text(font, 4, 0, say("otherPin"));
        const page = forgotten ? 4 : 2;
        canvas.invert(page, page + 1);
      } else if (typing) {
        canvas.centred(font, 0, say("answer"));
        drawAnswer();
      } else {
        canvas.centred(font, 0, say("readToBank"));
        canvas.centred(face.digitFont, 3, challenge.substr(0, 4) + " " + challenge.substr(4));
        canvas.centred(font, 6, say("okAnswer"));
      }
    },
    key: function (key) {
      const other = key === "UP" || key === "DOWN";
      if (choosing && challenge !== undefined && (other || key === "1" || key === "2" || key === "OK")) {
        if (other) forgotten = !forgotten;
        else if (key !== "OK") forgotten = key === "2";
        if (!other) {
          choosing = false;
          challenge = unlockChallenge(token, forgotten);
        }
        face.show("flow");
      } else if (typing && entry.key(key)) {
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
