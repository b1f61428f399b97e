/**
 * The Storage file that Espruino runs at every start: it closes the console, in its first statement, and starts the token. From then on
 * nobody can put anything right over the cable, so that half of this file must never run: its first four bytes are an empty comment,
 * and as long as the two that end the comment are not written, the interpreter takes all that follows for part of it.
 */

/** @param bundle name of the bundle's file */
export function bootFile(bundle: string): string {
  // Not in a variable, where the exports would stay.
  return `/**/E.setConsole(null,{force:true});eval(require("Storage").read(${JSON.stringify(bundle)})).start();`;
}
