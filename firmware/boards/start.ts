/** From power to the first picture: the parts of a token put together on a board. */
import { type HostLine, host } from "../core/host-line.part.ts";
import type { Recovery } from "../core/recovery.ts";
import { settleImage } from "../core/settle-image.part.ts";
import { Token } from "../core/token.ts";
import { VERSION } from "../core/version.ts";
import type { Board, Serial } from "../hal/board.ts";
import type { Primitives } from "../hal/primitives.ts";
import { bankCode } from "../ui/bank-code.part.ts";
import { challenge } from "../ui/challenge.part.ts";
import { clockTrouble } from "../ui/clock-trouble.part.ts";
import { connectedOrder } from "../ui/connected-order.part.ts";
import { Face } from "../ui/face.ts";
import { newPin } from "../ui/new-pin.part.ts";
import { settings } from "../ui/settings.part.ts";
import { sign } from "../ui/sign.part.ts";
import type { Typefaces } from "../ui/typefaces.part.ts";
import { updating } from "../ui/updating.part.ts";
import { verifyBank } from "../ui/verify-bank.part.ts";
import { voice } from "../ui/voice.part.ts";

/** What a board with a device root has for a customer who has forgotten the PIN: of core/recovery.ts and ui/forgotten-pin.ts. */
export interface ForgottenPin {
  recovery: Recovery;
  forgottenPin: Face["forgottenPin"];
}

/**
 * Starts the token: picture, keys, serial line.
 * @param fonts gives them, with digits of double height or without
 * @param primitives finds the fastest that prove themselves
 * @param lost on a board with a device root
 */
export function startToken(
  board: Board,
  fonts: (tall: boolean) => Typefaces,
  primitives: () => Primitives,
  lost?: ForgottenPin,
): void {
  const token = new Token(board, lost === undefined ? undefined : lost.recovery);
  const face = new Face(token, fonts, {
    newPin: newPin,
    settings: settings,
    bankCode: bankCode,
    challenge: challenge,
    sign: sign,
    updating: updating,
    verifyBank: verifyBank,
    connectedOrder: connectedOrder,
    clockTrouble: clockTrouble,
    voice: voice,
  });
  if (lost !== undefined) face.forgottenPin = lost.forgottenPin;
  face.start();
  // Whatever computes comes after the first picture, and before the first key or byte.
  board.primitives = primitives();
  board.keypad.start(function (key) {
    face.key(key);
  });
  // What a host needs is there while a cable is.
  let line: HostLine | undefined;
  const open = function (): void {
    try {
      line = host().line(
        token,
        VERSION,
        function () {
          face.refresh();
        },
        face,
      );
    } catch {
      face.notice("deviceFault", "goToBank", "off");
    }
  };
  const serial = board.serial as Serial;
  serial.start(
    function (text) {
      if (line === undefined) open();
      if (line === undefined) return;
      const answer = line.receive(text);
      if (answer !== "") serial.write(answer);
    },
    function (plugged) {
      if (plugged && line === undefined) open();
      if (!plugged && line !== undefined) {
        line.close();
        line = undefined;
      }
    },
  );
  // A new image that came so far stays; one that did not leaves the boot file the old one.
  settleImage(board.images());
}
