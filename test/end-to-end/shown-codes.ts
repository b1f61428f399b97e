/** What whoever films a display has of it: also a code that a loss of power takes away in the moment in which it appears. */
import { codeLine, codeOf } from "../../emulator/testing/capture.ts";
import type { Token } from "../../emulator/testing/token.ts";

/** The codes that stood on the display when the flash was asked for anything, and at the end. The work may lose its power. */
export function shownCodes(token: Token, work: () => void): string[] {
  const { machine } = token;
  const seen = new Set<string>();
  const look = () => {
    const capture = token.capture();
    if (capture.on && codeLine(capture) >= 0) seen.add(codeOf(capture));
  };
  machine.flash.onOperation = look;
  try {
    work();
    look();
  } catch (error) {
    if (machine.powered) throw error;
  } finally {
    machine.flash.onOperation = undefined;
  }
  return [...seen];
}
