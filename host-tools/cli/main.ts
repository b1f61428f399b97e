/** The `ochre` command: finds the command that is meant, loads it and no other, and turns what it throws into one line and an exit code. */
import { Command, CommanderError } from "commander";
import { UsageError } from "./usage-error.ts";
import { version } from "./version.ts";

interface Entry {
  name: string;
  group: string;
  summary: string;
  load: () => Promise<Command>;
  /** It reports wrong usage itself, by a UsageError without the words of the command line: they may be secrets. */
  ownUsage?: boolean;
}

const TOKENS = "Tokens:";
const BANK = "The bank's side:";
const FIRMWARE = "Firmware:";

const entries: readonly Entry[] = [
  {
    name: "devices",
    group: TOKENS,
    summary: "list the tokens of this machine, emulated and plugged in",
    load: async () => (await import("./devices.ts")).devicesCommand(),
  },
  {
    name: "info",
    group: TOKENS,
    summary: "tell who a token is",
    load: async () => (await import("./info.ts")).infoCommand(),
  },
  {
    name: "provision",
    group: TOKENS,
    summary: "personalise a token and enrol it",
    load: async () => (await import("./provision.ts")).provisionCommand(),
  },
  {
    name: "sync-clock",
    group: TOKENS,
    summary: "set a token's clock",
    load: async () => (await import("./sync-clock.ts")).syncClockCommand(),
  },
  {
    name: "rekey",
    group: TOKENS,
    summary: "give a token the issuer's new keys",
    load: async () => (await import("./rekey.ts")).rekeyCommand(),
  },
  {
    name: "keys",
    group: BANK,
    summary: "make a new issuer key",
    load: async () => (await import("./keys.ts")).keysCommand(),
  },
  {
    name: "unlock",
    group: BANK,
    summary: "tell the answer to a locked token's challenge",
    load: async () => (await import("./unlock.ts")).unlockCommand(),
  },
  {
    name: "enrol",
    group: BANK,
    summary: "send an enrolment that is kept in a file",
    load: async () => (await import("./enrol.ts")).enrolCommand(),
  },
  {
    name: "server",
    group: BANK,
    summary: "run the validation server",
    load: async () => (await import("./server.ts")).serverCommand(),
  },
  {
    name: "otp",
    group: BANK,
    summary: "compute a one-time password: HOTP, TOTP or OCRA",
    load: async () => (await import("./otp.ts")).otpCommand(),
    ownUsage: true,
  },
  {
    name: "build",
    group: FIRMWARE,
    summary: "build the firmware bundle of each board",
    load: async () => (await import("./build.ts")).buildCommand(),
  },
  {
    name: "flash",
    group: FIRMWARE,
    summary: "make a token of a board that runs Espruino",
    load: async () => (await import("./flash.ts")).flashCommand(),
  },
  {
    name: "update",
    group: FIRMWARE,
    summary: "give a token a newer firmware",
    load: async () => (await import("./update.ts")).updateCommand(),
  },
  {
    name: "emulator",
    group: FIRMWARE,
    summary: "run a token on this machine, behind a serial port",
    load: async () => (await import("./emulator.ts")).emulatorCommand(),
  },
];

const START = `
Try it:
  ochre emulator                    a token on a serial port
  ochre devices                     in another terminal: there it is
  ochre provision --lab --at-desk   give it test keys and credentials; the PIN is yours to set

Every command has --help and --json, and exits with 0 for yes, 1 for a refusal, 2 for wrong usage.`;

/** @param argv what stands behind the program's name @returns the exit code; a server goes on running in the background of it */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const program = await programFor(argv);
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync(argv, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0; // help and version
    return report(error, argv.includes("--json"));
  }
}

async function programFor(argv: readonly string[]): Promise<Command> {
  const program = new Command("ochre")
    .description("Ochre, an open bank token: firmware, emulator, host tools and validation server.")
    .version(version())
    .addHelpText("after", START)
    .configureOutput({ outputError: () => {} })
    .exitOverride();
  const words = argv.filter((word) => !word.startsWith("-"));
  const meant = words[0] === "help" ? words[1] : words[0];
  for (const entry of entries) {
    const command = entry.name === meant ? await entry.load() : new Command(entry.name);
    program.addCommand(command.summary(entry.summary).helpGroup(entry.group));
    if (!entry.ownUsage) inherit(command, program);
  }
  return program;
}

/** A command that is added, other than one that is made in place, has none of its program's settings. */
function inherit(command: Command, from: Command): void {
  command.copyInheritedSettings(from);
  for (const sub of command.commands) inherit(sub, command);
}

function report(error: unknown, json: boolean): number {
  const usage = error instanceof UsageError || error instanceof CommanderError;
  const message = (error instanceof Error ? error.message : String(error)).replace(/^error: /, "");
  process.stderr.write(`ochre: ${message}\n`);
  if (process.env.OCHRE_DEBUG === "1" && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  if (json) process.stdout.write(`${JSON.stringify({ error: message })}\n`);
  return usage ? 2 : 1;
}
