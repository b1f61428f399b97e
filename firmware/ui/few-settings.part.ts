/** The settings of a small board: about the token, its PIN, its language. */

import { ACTIVE } from "../core/token.ts";
import { VERSION } from "../core/version.ts";
import type { Face } from "./face.ts";
import type { Flow } from "./flow.ts";
import { newPin } from "./new-pin.part.ts";
import { settingsMessage } from "./settings-messages.ts";

export function fewSettings(face: Face): Flow {
  const token = face.token;
  const canvas = face.canvas;
  const font = face.fonts.text;
  let about = true;
  let chosen = 0;
  const count = token.state() === ACTIVE ? 2 : 1;

  const leave = function (): void {
    face.forget();
    face.show("home");
  };
  return {
    draw: function () {
      if (about) {
        canvas.text(font, 0, 0, "Ochre " + VERSION);
        canvas.text(font, 2, 0, token.board.name + " / " + token.board.assurance);
        canvas.text(font, 4, 0, token.serial());
        canvas.text(font, 6, 0, face.say("triesLeft") + token.vault.triesLeft());
      } else {
        face.drawList("settings", count, chosen, function (at) {
          return settingsMessage(token.language(), at === 0 ? "otherLanguage" : "changePin");
        });
      }
    },
    key: function (key) {
      if (about && key === "OK") {
        about = false;
        face.show("flow");
      } else if (about || key === "CLEAR" || key === "MENU") leave();
      else if (key !== "OK") {
        chosen = count - 1 - chosen;
        face.show("flow");
      } else if (chosen === 1) {
        face.forget();
        face.begin(newPin(face, true));
      } else {
        face.work(false, function () {
          token.setPreferences(1 - token.language(), false);
          about = true;
          face.show("flow");
        });
      }
    },
    forget: function () {},
  };
}
