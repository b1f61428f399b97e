/** The bundle of the experimental token on a Pixl.js: an object of named exports. */
import { formatBlank } from "../../core/format-blank.ts";
import type { Entry } from "../../core/journal.ts";
import { Token } from "../../core/token.ts";
import { VERSION } from "../../core/version.ts";
import { image } from "../../hal/image.ts";
import { challenge } from "../../ui/challenge.part.ts";
import { Face } from "../../ui/face.ts";
import { fewSettings } from "../../ui/few-settings.part.ts";
import { font as text } from "../../ui/fonts/6x13.font";
import { font as digits } from "../../ui/fonts/digits.font";
import { newPin } from "../../ui/new-pin.part.ts";
import { storedFont } from "../../ui/stored-font.ts";
import { pixljs, primitives } from "./board.ts";

declare const NRF: { sleep(): void };

export const version = VERSION;
export const board = "pixljs";

/**
 * Makes a blank token an issued one: its journal begins with these entries, its seeds among them (`issue.ts` makes them).
 * @throws JournalError when the token is installed already
 */
export function install(entries: Entry[]): void {
  formatBlank(new Token(pixljs()), entries);
}

/** Starts the token. `.boot0` calls it once, after it has closed the console. */
export function start(): void {
  // Its radio is a serial port, too, and nobody has any business there.
  NRF.sleep();
  const parts = pixljs();
  const font = storedFont(image.file, image.at, text);
  const typefaces = { text: font, typed: font, digits: storedFont(image.file, image.at, digits), page: 3 };
  const face = new Face(
    new Token(parts),
    function () {
      return typefaces;
    },
    { newPin: newPin, settings: fewSettings, challenge: challenge },
  );
  face.start();
  parts.primitives = primitives();
  parts.keypad.start(function (key) {
    face.key(key);
  });
}
