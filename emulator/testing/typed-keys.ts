/** How what is to be typed is pressed on a token's keys: not every board has a key for each digit. */
import type { Manifest } from "../machine/manifest.ts";

/**
 * The keys to press for a digit, or for a key of the full keypad; the shorter way through the digits, which begins at 0 upwards and at 9
 * downwards. OFF is CLEAR where there is none: it leaves what has nothing to be cleared.
 * @throws RangeError for MENU where there is none: it is OK, held down for a second
 */
export function keysFor({ keypad }: Pick<Manifest, "keypad">, name: string): string[] {
  const keys = keypad.legend.flat();
  if (keys.includes(name)) return [name];
  if (name === "OFF") return ["CLEAR"];
  if (!/^\d$/.test(name)) throw new RangeError(`there is no key ${name}: the keys are ${keys.join(" ")}`);
  const digit = Number(name);
  const turns = digit < 5 ? new Array<string>(digit + 1).fill("UP") : new Array<string>(10 - digit).fill("DOWN");
  return [...turns, "OK"];
}
