/** A genuine Espruino for Linux as a child process: it runs one script, prints lines and has lines typed to it. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

/** What is told of an interpreter. */
export interface Listener {
  /** A line `##WHAT text`. */
  said(what: string, text: string): void;
  /** What was thrown and not caught, in a line. */
  uncaught(error: string): void;
  /** It ended, and all that it printed has been told. */
  ended(reason: string): void;
}

/**
 * An error's first line may be all that can be shown: the next ones quote the script. At its start the interpreter tells of a file `ERROR`
 * in the flash, which nobody threw here: "An Uncaught Error has been saved to Storage".
 */
const UNCAUGHT = /(?<!An )Uncaught (.*)$/;
/** The prompt may stand in front. */
const SAID = /##(\w+) (.*)$/;

export class Interpreter {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #ended: Promise<void>;
  #rest = "";

  /** @param folder where it keeps its flash @param script path of the script */
  constructor(program: string, folder: string, script: string, listener: Listener) {
    this.#child = spawn(program, [script], { cwd: folder, stdio: ["pipe", "pipe", "ignore"] });
    this.#child.stdout.on("data", (chunk: Buffer) => this.#take(chunk.toString("latin1"), listener));
    // Typing to one that has just ended is no error of anybody's.
    this.#child.stdin.on("error", () => {});
    this.#ended = new Promise((resolve) => {
      let over = false;
      const end = (reason: string) => {
        if (!over) listener.ended(reason);
        over = true;
        resolve();
      };
      this.#child.once("error", (error) => end(error.message));
      this.#child.once("close", (code, signal) => end(signal === null ? `exit code ${code}` : signal));
    });
  }

  type(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Ends it where it stands, as a loss of power would; fulfilled when it is gone. */
  kill(): Promise<void> {
    this.killNow();
    return this.#ended;
  }

  /** Without waiting, for a process that exits itself. */
  killNow(): void {
    this.#child.kill("SIGKILL");
  }

  #take(text: string, listener: Listener): void {
    const lines = (this.#rest + text).split(/\r?\n/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const said = SAID.exec(line);
      if (said !== null) listener.said(said[1], said[2]);
      const error = UNCAUGHT.exec(line);
      if (error !== null) listener.uncaught(error[1]);
    }
  }
}

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
const onExit = new Set<() => void>();

/**
 * A temporary folder of this user's own; `remove` removes it. It goes too when the process exits or a signal ends it, after `before` was
 * called.
 */
export function temporaryFolder(before: () => void): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "ochre-espruino-"));
  const remove = () => {
    onExit.delete(exit);
    if (onExit.size === 0) listen("off");
    // The interpreter may still be on its way out.
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  };
  const exit = () => {
    before();
    remove();
  };
  if (onExit.size === 0) listen("prependListener");
  onExit.add(exit);
  return { path, remove };
}

/** While there is a folder. In front of others, so that one that listens once is still to be seen. */
function listen(how: "prependListener" | "off"): void {
  process[how]("exit", exitAll);
  for (const signal of SIGNALS) process[how](signal, onSignal);
}

function exitAll(): void {
  for (const exit of [...onExit]) exit();
}

/** Whoever listens too decides himself what becomes of the process. Otherwise it ends as it would have without this. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  exitAll();
  process.kill(process.pid, signal);
}
