/** Which Espruino answers, and whether a bundle may be put on it. */
import type { EspruinoConsole } from "./espruino-console.ts";
import { FlashError } from "./flash-error.ts";

export interface Interpreter {
  /** `process.env.BOARD` */
  board: string;
  /** `process.version`, as in 2v29 or 2v29.277 */
  version: string;
}

/** @throws FlashError `refused` @throws PortError */
export async function whichInterpreter(console: EspruinoConsole): Promise<Interpreter> {
  const [version, board] = (await console.ask('process.version+" "+process.env.BOARD')).split(" ");
  return { version, board };
}

/** @param expected the board, and the oldest version @throws FlashError `interpreter` that says what was expected */
export function checkInterpreter(found: Interpreter, expected: Interpreter): void {
  const wanted = `Expected is Espruino ${expected.version} or newer, built for ${expected.board}.`;
  const is = `This is Espruino ${found.version}, built for ${found.board}`;
  if (found.board !== expected.board) throw new FlashError("interpreter", `${is}: another board. ${wanted}`);
  if (!isAtLeast(found.version, expected.version))
    throw new FlashError(
      "interpreter",
      `${is}: older than what the firmware was tested on. ${wanted} Put it on with --image FILE.uf2.`,
    );
}

/** Versions are numbers: `2v29` is older than `2v29.277`, and that than `2v100`. False for what is no version. */
export function isAtLeast(version: string, oldest: string): boolean {
  const [numbers, least] = [version, oldest].map((text) => /^(\d+)v(\d+)(?:\.(\d+))?$/.exec(text)?.slice(1));
  if (numbers === undefined || least === undefined) return false;
  for (const [i, text] of numbers.entries()) {
    const difference = Number(text ?? 0) - Number(least[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
