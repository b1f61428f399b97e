/** About the token, and behind it a list of what its customer may ask of it. */
import { selfTest } from "../core/self-test.part.ts";
import { ACTIVE, ISSUED } from "../core/token.ts";
import type { Key } from "../hal/board.ts";
import type { Face } from "./face.ts";
import type { Flow } from "./flow.ts";
import type { Message } from "./messages.ts";
import { newPin } from "./new-pin.part.ts";

export function settings(face: Face): Flow {
  const token = face.token;
  const board = token.board;
  const canvas = face.canvas;
  const font = face.textFont;
  let screen = "about";
  let chosen = 0;
  let lines: string[] = [];

  const show = function (next: string): void {
    screen = next;
    face.show("flow");
  };
  const leave = function (): void {
    face.forget();
    face.show("home");
  };
  const choices = function (): Message[] {
    const list: Message[] = ["selfTest", "otherLanguage"];
    if (token.state() === ACTIVE) list.unshift("changePin");
    return list;
  };
  const choose = function (choice: Message): void {
    if (choice === "changePin") {
      face.forget();
      face.begin(newPin(face, true));
    } else if (choice === "otherLanguage") {
      face.work(false, function () {
        token.setLanguage(1 - token.language());
        show("about");
      });
    } else {
      face.work(true, function () {
        const found = selfTest(board);
        lines = found.lines;
        lines.unshift(face.say(token.vault.sound() && found.failed.length === 0 ? "selfTestPassed" : "selfTestFailed"));
        show("tested");
      });
    }
  };

  const draw = function (): void {
    if (screen === "about") {
      canvas.text(font, 0, 0, "Ochre " + face.version);
      canvas.text(font, 2, 0, board.name + " / " + board.assurance);
      canvas.text(font, 4, 0, token.serial());
      if (token.state() < ISSUED) canvas.text(font, 6, 0, face.say("factory"));
      else canvas.text(font, 6, 0, face.say("triesLeft") + token.vault.triesLeft());
    } else if (screen === "tested") {
      canvas.centred(font, 0, lines[0]);
      for (let i = 1; i < lines.length; i++) canvas.text(font, 2 * i, 0, lines[i]);
    } else {
      const list = choices();
      face.drawList("settings", list.length, chosen, function (at) {
        return face.say(list[at]);
      });
    }
  };
  const key = function (key: Key): void {
    if (screen === "about" && key === "OK") {
      chosen = 0;
      show("list");
    } else if (screen !== "list") leave();
    else {
      const list = choices();
      const digit = key.length === 1 ? key.charCodeAt(0) - 49 : -1;
      if (key === "UP" || key === "DOWN") {
        chosen = (chosen + (key === "DOWN" ? 1 : list.length - 1)) % list.length;
        show("list");
      } else if (key === "OK") choose(list[chosen]);
      else if (digit >= 0 && digit < list.length) choose(list[digit]);
      else leave();
    }
  };
  return { draw: draw, key: key, forget: function () {} };
}
