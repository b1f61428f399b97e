/** From power to the first picture: the parts of a token put together on a board. */
import { Responder } from "../../protocol/framing/responder.ts";
import { Commands } from "../core/commands.ts";
import { Token } from "../core/token.ts";
import { VERSION } from "../core/version.ts";
import type { Board } from "../hal/board.ts";
import type { Font } from "../ui/canvas.ts";
import { Face } from "../ui/face.ts";

/** Starts the token: picture, keys, serial line. */
export function startToken(board: Board, textFont: Font, digitFont: Font): void {
  const token = new Token(board);
  const face = new Face(token, VERSION, textFont, digitFont);
  face.start();
  // Whatever computes comes after the first picture, and before the first key or byte.
  board.chooseProviders();
  const commands = new Commands(token, VERSION, function () {
    face.refresh();
  });
  const responder = new Responder(
    board.wire,
    function (command) {
      return commands.execute(command);
    },
    function () {
      commands.reset();
    },
  );
  board.keypad.start(function (key) {
    face.key(key);
  });
  board.serial.start(function (text) {
    const answer = responder.receive(text);
    if (answer !== "") board.serial.write(answer);
  });
}
