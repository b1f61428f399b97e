/** A PIN is chosen: the first one, or another in place of the one that is typed before. */
import { PIN_MIN_LENGTH } from "../core/vault.ts";
import { weakPin } from "../core/weak-pin.ts";
import type { Face } from "./face.ts";
import type { Flow } from "./flow.ts";
import type { Message } from "./messages.ts";

const TITLES: Message[] = ["enterPin", "presentPinAgain", "choosePin", "repeatPin"];
const PRESENT = 0;
const PRESENT_AGAIN = 1;
const NEW = 2;
const NEW_AGAIN = 3;

/**
 * @param change the present PIN is asked for first; twice where the vault's check lets a mistyped one pass now and then, under which the
 * seeds would be lost (class O, firmware/SECURITY.md)
 * @param code the activation code, in place of a present PIN; overwritten in the end
 */
export function newPin(face: Face, change: boolean, code?: Uint8Array): Flow {
  const vault = face.token.vault;
  let step = change ? PRESENT : NEW;
  /** What was typed on each of the steps. */
  const pins: Uint8Array[] = [code === undefined ? new Uint8Array(0) : code];
  while (pins.length < TITLES.length) pins.push(new Uint8Array(0));

  const again = function (to: number): void {
    step = to;
    face.show("flow");
  };
  const set = function (): void {
    if (!change && code === undefined) vault.setPin(pins[NEW]);
    else if (!vault.changePin(pins[PRESENT], pins[NEW])) {
      if (!vault.sound()) face.unsound();
      else if (change && vault.triesLeft() > 0) {
        step = PRESENT;
        face.notice("wrongPin", "triesLeft", "flow", vault.triesLeft());
      } else face.locked();
      return;
    }
    face.forget();
    face.notice("pinSet", "pressOk", "pin");
  };
  const entered = function (): void {
    if (!vault.sound()) {
      face.unsound();
      return;
    }
    pins[step].fill(0);
    pins[step] = face.typed.copy();
    if (step === PRESENT) again(face.token.board.bind === undefined ? PRESENT_AGAIN : NEW);
    else if (step === NEW && weakPin(pins[NEW]) !== "") face.notice("pinWeak", "choosePin", "flow");
    else if (step === NEW) again(NEW_AGAIN);
    else {
      const first = pins[step - 1];
      let difference = first.length ^ pins[step].length;
      for (let i = 0; i < first.length; i++) difference |= first[i] ^ pins[step][i];
      if (difference !== 0) {
        step--;
        face.notice("pinsDiffer", TITLES[step], "flow");
      } else if (step === PRESENT_AGAIN) again(NEW);
      else face.work(true, set);
    }
  };

  return {
    draw: function () {
      face.drawPinEntry(TITLES[step]);
    },
    key: function (key) {
      if (face.type(key)) return;
      // Twenty digits of a code were typed for this: one key must not throw them away.
      if (key === "CLEAR" && code === undefined) face.off();
      else if (key === "OK" && face.typed.length >= PIN_MIN_LENGTH) entered();
    },
    forget: function () {
      for (let i = 0; i < pins.length; i++) pins[i].fill(0);
    },
  };
}
