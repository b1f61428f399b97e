/** The activation code is typed from the bank's letter; then the first PIN is chosen. */
import { ACTIVATION_CODE_LENGTH, isActivationCode } from "../../protocol/otp/activation-code.ts";
import { soundTime, timeless } from "../core/clock-guard.ts";
import { type BankMessage, bankMessage } from "./bank-messages.ts";
import { DigitEntry } from "./digit-entry.ts";
import type { Face } from "./face.ts";
import type { Flow } from "./flow.ts";
import { newPin } from "./new-pin.part.ts";

export function activation(face: Face): Flow {
  const token = face.token;
  const vault = token.vault;
  const canvas = face.canvas;
  const font = face.fonts.text;
  const entry = new DigitEntry(ACTIVATION_CODE_LENGTH);
  /** The code that was typed has a wrong check digit. It stays, to be compared with the letter. */
  let misread = false;

  const say = function (id: BankMessage): string {
    return bankMessage(token.language(), id);
  };
  /** The code in groups of four, on two lines or a tall one, between its title and what to press; no more than two digits in one string. */
  const drawCode = function (): void {
    const places = entry.places(ACTIVATION_CODE_LENGTH);
    const typed = face.fonts.typed;
    const tall = typed !== font;
    canvas.clearPages(0, 7);
    canvas.centred(font, 0, misread ? face.say("wrongNumber") : say("activationCode"));
    for (let at = 0; at < ACTIVATION_CODE_LENGTH; at += 2) {
      let text = "";
      for (let i = at; i < at + 2; i++) {
        text += i < entry.length ? String.fromCharCode(entry.digits[i]) : places[i - entry.length];
      }
      const group = at >> 2;
      if (tall) canvas.text(typed, 2, at * typed.width + 2 * group, text);
      else canvas.text(font, group < 3 ? 2 : 4, (4 + 5 * (group % 3) + (at & 2)) * font.width, text);
    }
    const whole = entry.length === ACTIVATION_CODE_LENGTH;
    const hint = face.digitHint(entry, ACTIVATION_CODE_LENGTH, whole ? "okOrClear" : undefined);
    canvas.centred(font, 6, hint === undefined ? say("fromLetter") : face.say(hint));
  };
  const judge = function (): void {
    const end = vault.activationEnd();
    const now = soundTime(token.board, token.journal);
    const code = entry.copy();
    let right = false;
    try {
      right = vault.open(code);
    } finally {
      vault.close();
      if (!right) code.fill(0);
    }
    if (right) {
      face.forget();
      face.begin(newPin(face, false, code));
    } else if (!vault.sound()) face.unsound();
    else if (now === undefined && !timeless(token.board)) face.noClock();
    else if (end !== undefined && now !== undefined && now >= end)
      face.noticeText(say("codeExpired"), face.say("goToBank"), "off");
    else if (vault.triesLeft() > 0) {
      face.noticeText(say("wrongCode"), face.say("triesLeft") + vault.triesLeft(), "flow");
    } else face.locked();
  };

  return {
    draw: drawCode,
    key: function (key) {
      if (entry.key(key)) {
        misread = false;
        drawCode();
        canvas.flush();
      } else if (key === "CLEAR") face.off();
      else if (key === "OK" && entry.length === ACTIVATION_CODE_LENGTH) {
        const code = entry.copy();
        misread = !isActivationCode(code);
        code.fill(0);
        if (!misread) face.work(true, judge);
        else {
          drawCode();
          canvas.flush();
        }
      }
    },
    forget: function () {
      entry.begin(ACTIVATION_CODE_LENGTH);
    },
  };
}
