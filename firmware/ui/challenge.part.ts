/** The bank's number is typed, of which the customer knows the account that it ends in, and answered. */
import type { Credential } from "../core/credential.ts";
import type { Key } from "../hal/board.ts";
import { DigitEntry } from "./digit-entry.ts";
import type { Face } from "./face.ts";
import type { Flow } from "./flow.ts";

const DIGITS = 10;
/** Of the account, at the beginning. */
const TAIL_DIGITS = 4;

export function challenge(face: Face, credential: Credential): Flow {
  const canvas = face.canvas;
  const font = face.fonts.text;
  const wire = face.token.board.wire;
  const entry = new DigitEntry(DIGITS);
  /** What was typed, once it is known to be no mistake; its customer says whether it is meant. */
  let question = "";

  const drawTyped = function (): void {
    const digits = entry.text(wire) + entry.places(DIGITS);
    face.drawEntry(digits.substr(0, 4) + " " + digits.substr(4, 5) + " " + digits.substr(9));
    canvas.clearPages(6, 7);
    canvas.centred(font, 6, face.say(face.digitHint(entry, DIGITS, "okOrClear")));
  };

  return {
    draw: function () {
      if (question === "") {
        canvas.centred(font, 0, face.say("enterNumber"));
        drawTyped();
      } else {
        canvas.centred(font, 0, face.say("accountEnds"));
        face.drawDigits(question.substr(0, TAIL_DIGITS));
        canvas.centred(font, 6, face.say("yesOrNo"));
      }
    },
    key: function (key: Key) {
      if (question !== "") {
        if (key === "OK") face.answer(credential.slot, question);
        else if (key === "CLEAR") {
          face.forget();
          face.notice("refused", "notSigned", "off");
        }
      } else if (entry.key(key)) {
        drawTyped();
        canvas.flush();
      } else if (key === "CLEAR") face.off();
      else if (key === "OK") {
        const typed = entry.text(wire);
        entry.begin(DIGITS);
        try {
          face.token.vault.codes().checkChallenge(typed);
        } catch {
          face.notice("wrongNumber", "readAgain", "flow");
          return;
        }
        question = typed;
        face.show("flow");
      }
    },
    forget: function () {
      entry.begin(DIGITS);
      question = "";
    },
  };
}
