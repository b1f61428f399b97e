/**
 * The bank proves itself first: the token shows a challenge, its customer types the bank's number and code, and only a right one gets an
 * answer. Each challenge is for one answer.
 */
import { judgeBank } from "../core/bank-code.ts";
import type { Credential } from "../core/credential.ts";
import type { Key } from "../hal/board.ts";
import { DigitEntry, inFours } from "./digit-entry.ts";
import type { Face } from "./face.ts";
import type { Flow } from "./flow.ts";
import { type VerifyMessage, verifyMessage } from "./verify-messages.ts";

const DIGITS = 8;

export function verifyBank(face: Face, credential: Credential): Flow {
  const token = face.token;
  const board = token.board;
  const canvas = face.canvas;
  const font = face.fonts.text;
  const entries = [new DigitEntry(DIGITS), new DigitEntry(DIGITS)];
  const titles: VerifyMessage[] = ["bankNumber", "bankCode"];
  /** 0 the challenge, 1 the bank's number, 2 its code. */
  let step = 0;
  let ours = "";

  const say = function (id: VerifyMessage): string {
    return verifyMessage(token.language(), id);
  };
  const show = function (next: number): void {
    step = next;
    face.show("flow");
  };
  /** Eight uniform digits: bytes above 249 are drawn again. */
  const begin = function (): void {
    ours = "";
    while (ours.length < DIGITS) {
      const byte = board.random(1)[0];
      if (byte < 250) ours += byte % 10;
    }
    for (const entry of entries) entry.begin(DIGITS);
    step = 0;
  };
  const drawTyped = function (): void {
    const entry = entries[step - 1];
    face.drawEntry(entry.groups(board.wire, DIGITS));
    canvas.clearPages(6, 7);
    canvas.centred(font, 6, face.say(face.digitHint(entry, DIGITS, "okOrClear")));
  };
  const judge = function (): void {
    const theirs = entries[0].text(board.wire);
    const code = entries[1].copy();
    const verdict = judgeBank(token, credential, ours, theirs, code);
    if (verdict === "right") {
      face.answer(credential.slot, theirs + ours);
      return;
    }
    begin();
    if (verdict === "clock") face.noClock();
    else if (verdict === "closed") {
      face.forget();
      face.noticeText(say("closed"), say("tenMinutes"), "off");
    } else face.noticeText(say("notBank"), say("hangUp"), "flow");
  };
  begin();

  return {
    draw: function () {
      if (step > 0) {
        canvas.centred(font, 0, say(titles[step - 1]));
        drawTyped();
        return;
      }
      canvas.centred(font, 0, say("tellBank"));
      face.drawDigits(inFours(ours));
      canvas.centred(font, 6, say("next"));
    },
    key: function (key: Key) {
      if (step === 0) {
        if (key === "OK") show(1);
        else if (key === "CLEAR") face.off();
        return;
      }
      const entry = entries[step - 1];
      if (entry.key(key)) {
        drawTyped();
        canvas.flush();
      } else if (key === "CLEAR") show(step - 1);
      else if (key === "OK" && entry.length === DIGITS) {
        if (step === 1) show(2);
        else face.work(true, judge);
      }
    },
    forget: function () {
      for (const entry of entries) entry.begin(DIGITS);
      ours = "";
    },
  };
}
