/** After the story: the token goes on in real time, its keypad on the keyboard where there is one, until Ctrl-C or SIGTERM. */
import { run } from "../emulator/run.ts";
import { showInTerminal } from "../emulator/terminal.ts";
import type { Told } from "./story.ts";

export async function live({ token, server, customer, pin, bankKeyFile, close }: Told): Promise<void> {
  const running = run(token.machine);
  const judge = [
    `curl -sw '\\n' ${server.url}/v1/validate`,
    `  -H "Authorization: Bearer $(cat ${bankKeyFile})"`,
    `  -H "Content-Type: application/json"`,
    `  -d '{"customer":"${customer}","code":"CODE"}'`,
  ].join(" \\\n");
  console.log(`
Token and server stay up; the PIN is ${pin}. The story has used the code of this half minute: wait for the next one, read it, and
have it judged in a second terminal:

${judge}
`);

  let leave = () => {};
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.removeAllListeners(signal);
      // More than once: npm passes on what the terminal has sent already, and the second must not break off the end.
      process.on(signal, () => resolve());
    }
    if (!process.stdin.isTTY || !process.stdout.isTTY) {
      console.log(`The token's serial port is ${token.path}. Ctrl-C ends.`);
      return;
    }
    console.log("Press Enter for the token.");
    process.stdin.once("data", () => {
      leave = showInTerminal(token.machine, {
        input: process.stdin,
        output: process.stdout,
        title: `PIN ${pin} · server ${server.url} · port ${token.path}`,
        press: running.press,
        quit: resolve,
      });
    });
  });
  leave();
  running.stop();
  await close();
  process.exit(0);
}
