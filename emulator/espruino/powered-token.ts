/** A token from the moment when its power comes until it goes: an interpreter, its serial line, and the commands of its prelude. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../engine.ts";
import { openPseudoTerminal, type PseudoTerminal } from "../serial/pseudo-terminal.ts";
import { Interpreter } from "./interpreter.ts";
import { PatientWriter } from "./patient-writer.ts";
import { LONGEST_WORK } from "./prelude.ts";

/** What is told of it. */
export interface TokenListener {
  /** A line of the prelude's. */
  said(what: string, text: string): void;
  /** Bytes for the host, one character each. */
  sent(text: string): void;
  /** What the firmware throws once it has booted, or how the interpreter ended though nobody wanted it to. */
  failed(message: string): void;
  /** It is gone, and all that it said has been told. */
  over(): void;
}

/** A program that ran no line of the token's script: whatever it is, it is no Espruino for Linux. */
export class NoEspruino extends Error {
  override name = "NoEspruino";
}

/** How long a boot may take, in milliseconds. */
const LONGEST_BOOT = 60_000;
/**
 * An interpreter that runs says something every second. One that does not for so many spans of so many milliseconds hangs, and so does its
 * console where a command is not taken for as long.
 */
const SILENT_SPANS = 6;
const SPAN_MS = 10_000;

interface Command {
  /** The interpreter has said that it has it. */
  taken: boolean;
  /** Begun spans that it waits for that. */
  spans: number;
  resolve: (done: boolean) => void;
  reject: (error: EngineError) => void;
}

export class PoweredToken {
  readonly #interpreter: Interpreter;
  readonly #program: string;
  readonly #device: PseudoTerminal;
  readonly #toDevice: PatientWriter;
  readonly #listener: TokenListener;
  /** Fulfilled when the firmware rests for the first time. @throws NoEspruino; Error with what else kept it from that */
  readonly booted: Promise<void>;
  #booting: { resolve: () => void; reject: (error: Error) => void } | undefined;
  /** The interpreter runs the script. */
  #begun = false;
  #ending = false;
  #commands = 0;
  readonly #waiting = new Map<number, Command>();
  readonly #listening: NodeJS.Timeout;
  #silentSpans = 0;

  private constructor(
    program: string,
    folder: string,
    script: string,
    device: PseudoTerminal,
    listener: TokenListener,
  ) {
    this.#program = program;
    this.#device = device;
    this.#toDevice = new PatientWriter(device.write);
    this.#listener = listener;
    const booted = new Promise<void>((resolve, reject) => {
      this.#booting = { resolve, reject };
    });
    const timer = setTimeout(() => {
      if (this.#begun) this.#failed(`the token did not boot in ${LONGEST_BOOT / 1000} s`);
      else this.#foreign(`in ${LONGEST_BOOT / 1000} s it did not run a line of the token's script`);
    }, LONGEST_BOOT);
    this.booted = booted.finally(() => {
      clearTimeout(timer);
      // It may hold transport keys.
      return rm(script, { force: true });
    });
    this.#interpreter = new Interpreter(program, folder, script, {
      said: (what, text) => this.#said(what, text),
      uncaught: (text) => this.#failed(`the firmware failed: ${text}`),
      ended: (reason) => this.#ended(reason),
    });
    this.#listening = setInterval(() => this.#listen(), SPAN_MS).unref();
    device.onData((text) => listener.sent(text));
  }

  /** @param folder with the flash, or where it is to be @param script text to run, for the path of the serial line */
  static async start(
    program: string,
    folder: string,
    script: (device: string) => string,
    listener: TokenListener,
  ): Promise<PoweredToken> {
    const device = await openPseudoTerminal();
    const file = join(folder, "token.js");
    await writeFile(file, script(device.path), { encoding: "latin1", mode: 0o600 });
    return new PoweredToken(program, folder, file, device, listener);
  }

  /**
   * Has the prelude do something.
   * @returns true when it is done, false when the power went before
   * @throws EngineError failed where the firmware does not come to rest, or the interpreter or its console hangs
   */
  command(name: "key" | "press" | "clock", ...parameters: (string | number | boolean)[]): Promise<boolean> {
    const id = ++this.#commands;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { taken: false, spans: 0, resolve, reject });
      this.#interpreter.type(`virtualBoard.${name}(${[id, ...parameters].join()})`);
    });
  }

  /** Bytes from the host, one character each. */
  receive(text: string): void {
    this.#toDevice.write(text);
  }

  /** How many of these bytes the interpreter has not taken yet. */
  get waiting(): number {
    return this.#toDevice.waiting;
  }

  /** Fulfilled when it has taken them all, or none for five seconds, or is gone. */
  taken(): Promise<void> {
    return this.#toDevice.taken();
  }

  /** Takes the power away; fulfilled when all is over. */
  end(): Promise<void> {
    this.#ending = true;
    return this.#interpreter.kill();
  }

  /** Without waiting, for a process that exits itself. */
  endNow(): void {
    this.#interpreter.killNow();
  }

  #said(what: string, text: string): void {
    this.#silentSpans = 0;
    this.#listener.said(what, text);
    if (what === "BEGUN") this.#begun = true;
    if (what === "FAILED") this.#failed(`the firmware failed: ${text}`);
    else if (what === "READY") {
      this.#booting?.resolve();
      this.#booting = undefined;
    } else if (what === "TAKEN") {
      const command = this.#waiting.get(Number(text));
      if (command !== undefined) command.taken = true;
    } else if (what === "DONE") this.#answered(Number(text))?.resolve(true);
    else if (what === "RESTLESS")
      this.#answered(Number(text))?.reject(hangs(`the firmware did not come to rest in ${LONGEST_WORK / 1000} s`));
  }

  #answered(id: number): Command | undefined {
    const command = this.#waiting.get(id);
    this.#waiting.delete(id);
    return command;
  }

  /** Called once in a span. */
  #listen(): void {
    for (const [id, command] of [...this.#waiting])
      if (!command.taken && ++command.spans > SILENT_SPANS)
        this.#answered(id)?.reject(
          hangs(`the interpreter did not take a command in ${(SILENT_SPANS * SPAN_MS) / 1000} s`),
        );
    if (++this.#silentSpans < SILENT_SPANS) return;
    for (const id of [...this.#waiting.keys()])
      this.#answered(id)?.reject(hangs(`the interpreter said nothing for ${(SILENT_SPANS * SPAN_MS) / 1000} s`));
  }

  #failed(message: string): void {
    if (this.#booting !== undefined) this.#booting.reject(new Error(message));
    else this.#listener.failed(message);
  }

  #foreign(why: string): void {
    this.#booting?.reject(new NoEspruino(`${this.#program} is no Espruino for Linux: ${why}`));
  }

  #ended(reason: string): void {
    if (!this.#ending && !this.#begun)
      this.#foreign(`it ended (${reason}) before it had run a line of the token's script`);
    else if (!this.#ending || this.#booting !== undefined) this.#failed(`the interpreter ended (${reason})`);
    this.#toDevice.stop();
    this.#device.close();
    this.#listener.over();
    clearInterval(this.#listening);
    for (const { resolve } of this.#waiting.values()) resolve(false);
  }
}

const hangs = (what: string) => new EngineError("failed", `${what}: take its power away, and give it back`);
