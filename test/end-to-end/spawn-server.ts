/** Validation servers as processes, with a clock that a test moves. */
import { fork } from "node:child_process";
import { once } from "node:events";
import type { KeysFile } from "../../host-tools/validation-server/keys-file.ts";

export interface Start {
  /** The SQLite file. */
  file: string;
  keys: KeysFile;
  /** A file for its log lines. */
  log?: string;
  /** A store that reads, then writes. */
  wrongOnPurpose?: boolean;
}

/** To the process; keys go by message, for a process list is read by anybody. */
export interface Instruction {
  /** Unix seconds. */
  now: number;
  start?: Start;
}

export interface ServerProcess {
  url: string;
  /** Sets the clock, in Unix seconds. */
  setNow(now: number): Promise<void>;
  /** Ends the process at once, as a power cut would. */
  kill(): Promise<void>;
}

export async function spawnServer(start: Start, now: number): Promise<ServerProcess> {
  const child = fork(new URL("./server-process.ts", import.meta.url), { execArgv: [], stdio: ["ignore", 2, 2, "ipc"] });
  const instruct = async (instruction: Instruction): Promise<{ url: string }> => {
    const stop = new AbortController();
    child.send(instruction);
    const answer = once(child, "message", { signal: stop.signal });
    const end = once(child, "exit", { signal: stop.signal }).then(([code]) => {
      throw new Error(`the server process ended with ${code}`);
    });
    const [message] = await Promise.race([answer, end]);
    // Whichever did not come is waited for no more.
    stop.abort();
    await Promise.allSettled([answer, end]);
    return message;
  };
  const { url } = await instruct({ now, start });
  return {
    url,
    setNow: async (to) => void (await instruct({ now: to })),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
