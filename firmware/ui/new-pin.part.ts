/** A PIN is chosen: the first one, or another in place of the one that is typed before. */
import { PIN_MIN_LENGTH } from "../core/vault.ts";
import { weakPin } from "../core/weak-pin.ts";
import type { Face } from "./face.ts";
import type { Flow } from "./flow.ts";
import type { Message } from "./messages.ts";

const TITLES: Message[] = ["enterPin", "choosePin", "repeatPin"];
const PRESENT = 0;
const NEW = 1;
const REPEAT = 2;

/**
 * @param change the present PIN is asked for first
 * @param code the activation code, in place of a present PIN; overwritten in the end
 */
export function newPin(face: Face, change: boolean, code?: Uint8Array): Flow {
  const vault = face.token.vault;
  let step = change ? PRESENT : NEW;
  /** What was typed on each of the steps. */
  const pins: Uint8Array[] = [code === undefined ? new Uint8Array(0) : code, new Uint8Array(0), new Uint8Array(0)];

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
    if (step === PRESENT) again(NEW);
    else if (step === NEW && weakPin(pins[NEW]) !== "") face.notice("pinWeak", "choosePin", "flow");
    else if (step === NEW) again(REPEAT);
    else {
      let difference = pins[NEW].length ^ pins[REPEAT].length;
      for (let i = 0; i < pins[NEW].length; i++) difference |= pins[NEW][i] ^ pins[REPEAT][i];
      if (difference === 0) face.work(true, set);
      else {
        step = NEW;
        face.notice("pinsDiffer", "choosePin", "flow");
      }
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
