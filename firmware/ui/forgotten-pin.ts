/**
 * Before a locked token makes its challenge, on a board that can set a new PIN: is the present one known? A board brings this with its
 * `recovery`.
 */
import { bankMessage } from "./bank-messages.ts";
import type { Face } from "./face.ts";
import type { Flow } from "./flow.ts";

/** @param unlocking the flow that follows, by whether the PIN is forgotten */
export function forgottenPin(face: Face, unlocking: (forgotten: boolean) => Flow): Flow {
  const canvas = face.canvas;
  const font = face.fonts.text;
  const language = face.token.language();
  let forgotten = false;
  return {
    draw: function () {
      canvas.text(font, 0, 0, bankMessage(language, "pinKnown"));
      canvas.text(font, 2, 0, bankMessage(language, "keepPin"));
      canvas.text(font, 4, 0, bankMessage(language, "otherPin"));
      const page = forgotten ? 4 : 2;
      canvas.invert(page, page + 1);
    },
    key: function (key) {
      if (key === "UP" || key === "DOWN") {
        forgotten = !forgotten;
        face.show("flow");
      } else if (key === "1" || key === "2") face.begin(unlocking(key === "2"));
      else if (key === "OK") face.begin(unlocking(forgotten));
      else if (key === "CLEAR") face.off();
    },
    forget: function () {},
  };
}
