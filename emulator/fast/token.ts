/**
 * A token in virtual time, and all that is done to it: at this moment, or in the time that it is let pass. What takes long is done in
 * pieces. Whoever has a token sees to it that one thing is done after the other (`turns.ts`).
 */
import { EngineError, type Screen, type Snapshot } from "../engine.ts";
import { ForeignFirmware } from "../machine/images.ts";
import { type Installation, type Issue, Machine, type MachineOptions, type MachineState } from "../machine/machine.ts";
import { ScreenReader } from "../screen-reader.ts";
import { type Action, act, live } from "./action.ts";
import { admit, prepare } from "./admission.ts";
import { bytesFromBase64 } from "./base64.ts";
import type { Call } from "./calls.ts";
import * as check from "./check.ts";
import { Chronicle } from "./chronicle.ts";
import type { Turns } from "./turns.ts";
import { Typist } from "./typist.ts";

/** How long the firmware gets to answer a host, in microseconds. */
const ANSWER = 50_000;

/** Callbacks of the machine in one call: a key that is held for three hours. Other calls wait meanwhile, half a minute or so. */
export const MOST_WORK = 3_000_000;

/** What the firmware threw. */
interface Failure {
  fault: "failed" | "foreign-firmware";
  message: string;
  cause: unknown;
}

export class FastToken {
  /** Told when there is another picture, and of what passed on the line. */
  onPicture: () => void = () => {};
  onLine: Machine["onLine"] = () => {};
  /** Told of what the buzzer sounds from now on, in hertz; 0 is silence. */
  onSound: (hertz: number) => void = () => {};
  /** Done in each pause of time that is let pass: it may take the power away, and what it throws ends the call. */
  onPause: () => Promise<void> = async () => {};
  readonly #options: MachineOptions & { install: Installation | Issue };
  readonly #turns: Pick<Turns, "over" | "rest">;
  readonly #reader: ScreenReader;
  readonly #chronicle: Chronicle;
  readonly #typist = new Typist();
  #machine: Machine;
  /** The first thing that the firmware threw and nobody was told of. */
  #thrown: { error: unknown } | undefined;
  /** Whether anything came from the token since it was set to false. */
  #answered = false;
  readonly #onThrow = (error: unknown) => {
    this.#thrown ??= { error };
  };

  /** @param turns lets others have a turn */
  constructor(options: MachineOptions & { install: Installation | Issue }, turns: Pick<Turns, "over" | "rest">) {
    this.#options = options;
    this.#turns = turns;
    this.#reader = new ScreenReader(options.manifest);
    this.#chronicle = new Chronicle(options);
    this.#machine = this.#connect(new Machine(options));
  }

  get machine(): Machine {
    return this.#machine;
  }

  screen(): Screen {
    const { display, pictures } = this.#machine;
    return this.read(display.frame(), display.on, pictures);
  }

  /** @param frame number of the picture */
  read(pixels: Uint8Array, on: boolean, frame: number): Screen {
    const lines = this.#reader.lines(pixels).map(({ text, inverted }) => ({ text: text.trimEnd(), inverted }));
    const { width, height } = this.#options.manifest.display;
    return { on, width, height, lines, pixels, frame };
  }

  /** The first thing that the firmware threw since this was asked last. */
  takeFailure(): Failure | undefined {
    const thrown = this.#thrown;
    this.#thrown = undefined;
    if (thrown === undefined) return undefined;
    const { error } = thrown;
    if (error instanceof ForeignFirmware) return { fault: "foreign-firmware", message: error.message, cause: error };
    return {
      fault: "failed",
      message: `the firmware failed: ${error instanceof Error ? error.message : error}`,
      cause: error,
    };
  }

  /**
   * Begins a call, and does all of it that takes no time of its own. What is asked of the speed of time is left to others.
   * @param most as `allowance` has it
   * @returns for a press what is fulfilled once all its keys were pressed in the time that is let pass, or refused
   * @throws EngineError for what is refused of a token as it is; what the firmware throws is a failure of its own
   */
  async perform(call: Call, most = this.allowance): Promise<{ typed?: Promise<void> }> {
    const machine = this.#machine;
    switch (call.name) {
      case "keyDown":
        check.power(machine.powered);
        await this.do({ do: "key", key: call.key, down: true, bounceMs: 0 });
        break;
      case "keyUp":
        await this.do({ do: "key", key: call.key, down: false, bounceMs: 0 });
        break;
      case "press":
        check.power(machine.powered);
        check.inTime(this.#typist.endOf(call.keys, call.held, machine.now));
        return { typed: this.#typist.type(call.keys, call.held, machine.now) };
      case "setClock": {
        const { speed: _, ...change } = call.change;
        check.settable(change, machine.manifest);
        if (Object.keys(change).length > 0) await this.do({ do: "clock", ...change });
        break;
      }
      case "advance": {
        const until = machine.now + Math.round(call.ms * 1000);
        check.inTime(until);
        await this.passTo(until, most);
        break;
      }
      case "powerOn":
        await this.powerOn();
        break;
      case "powerOff":
        await this.do({ do: "power", on: false });
        break;
      case "cutAtFlashOperation":
        await this.do({ do: "cut", operation: call.operation, tear: call.tear });
        break;
      case "setBattery":
        await this.do({ do: "battery", volts: call.volts });
        break;
      case "flipFlashBits":
        await this.do({ do: "flip", bits: call.bits });
        break;
      case "send":
        check.power(machine.powered);
        await this.do({ do: "receive", text: call.text });
        break;
      case "setSerialFaults":
        await this.do({ do: "faults", faults: call.faults });
        break;
    }
    return {};
  }

  /** As `perform`, in as much time as the call needs: until all keys were pressed, and the firmware has answered its host. */
  async performToEnd(call: Call): Promise<{ typed?: Promise<void> }> {
    this.#answered = false;
    const most = this.allowance;
    const performed = await this.perform(call, most);
    if (call.name === "send") await this.#awaitAnswer(most);
    try {
      await this.typeAll(most);
    } catch (error) {
      // It says how many of the keys were pressed.
      await performed.typed;
      throw error;
    }
    return performed;
  }

  async powerOn(): Promise<void> {
    const { powered, batteryVolts } = this.#machine;
    if (powered) return;
    check.battery(batteryVolts);
    await admit(this.#machine);
    this.#chronicle.begin(this.#machine);
    await this.do({ do: "power", on: true });
  }

  /** @returns the token as it was without power */
  async startAnew(): Promise<MachineState> {
    check.battery(this.#machine.batteryVolts);
    await admit(this.#machine);
    await this.do({ do: "power", on: false });
    const start = bare(this.#machine);
    this.#machine = this.#connect(new Machine({ ...this.#options, state: start }));
    await this.powerOn();
    return start;
  }

  /**
   * Becomes a token without power, of which a file tells, and until `told` is called all that is done to it, too. Keys that wait to be pressed
   * are forgotten.
   * @param why their presses are refused @param what is refused where its firmware is not this engine's
   * @throws EngineError foreign-firmware: nothing has changed
   */
  async become(state: MachineState, why: string, what: string): Promise<void> {
    const machine = new Machine({ ...this.#options, state });
    await admit(machine, what);
    machine.flash.retold = true;
    this.#replace(machine, why);
  }

  /** What is done from now on is done here. */
  told(): void {
    this.#machine.flash.retold = false;
  }

  /** Another flash, while the power is off. @throws EngineError foreign-firmware: nothing has changed */
  async load(base64: string): Promise<void> {
    await admit(
      new Machine({ ...this.#options, state: undefined, flash: bytesFromBase64(base64) }),
      "it is not loaded: ",
    );
    await this.do({ do: "load", base64 });
  }

  snapshot(): Promise<Snapshot> {
    return this.#chronicle.snapshot(this.#machine, this.#turns, this.#typist.held);
  }

  /** Keys that wait to be pressed are forgotten. */
  async restore(snapshot: Snapshot): Promise<void> {
    const { machine, told } = await this.#chronicle.repeat(snapshot, this.#turns);
    this.#chronicle.adopt(told);
    this.#replace(machine, "a snapshot was restored before all keys were pressed");
    this.onPicture();
  }

  /** Forgets the keys that wait to be pressed. */
  dropKeys(reason: () => EngineError): void {
    this.#typist.drop(reason);
  }

  /** As `dropKeys`, and the finger leaves the key that it is on. @param why each press is refused that was not done */
  async leaveKeys({ fault, message }: EngineError): Promise<void> {
    const key = this.#typist.drop(
      (pressed, keys) => new EngineError(fault, `after ${pressed} of ${keys} keys: ${message}`),
    );
    await this.settle();
    if (key !== undefined) await this.do({ do: "key", key, down: false, bounceMs: 0 });
  }

  /** Forgets what waits of one press, as it is handed out by `perform`. */
  async forget(typed: Promise<void>, why: EngineError): Promise<void> {
    const key = this.#typist.forget(typed, why, this.#machine.now);
    if (key !== undefined) await this.do({ do: "key", key, down: false, bounceMs: 0 });
  }

  async do(action: Action): Promise<void> {
    await prepare(this.#machine);
    this.#act(action);
    await this.settle();
    this.#watchPower();
  }

  /** To the end of this instant: nothing else may be done to the machine, or the same again would come out otherwise. */
  async settle(onThrow: (error: unknown) => void = this.#onThrow): Promise<void> {
    while (!live(this.#machine, this.#machine.now, this.#turns.over, onThrow)) await this.#turns.rest();
  }

  /** The machine's work at which a call has done too much that begins now. */
  get allowance(): number {
    return this.#machine.work + MOST_WORK;
  }

  /** Lets others have a turn, and do what `onPause` has of them. */
  async pause(): Promise<void> {
    await this.#turns.rest();
    await this.onPause();
  }

  /**
   * Lets time pass up to then, in microseconds, with the keys that are to be pressed in it.
   * @throws EngineError failed for a call in which the token does too much; it stays where that was
   */
  async passTo(until: number, most = this.allowance): Promise<void> {
    const tooMuch = () => this.#machine.work > most;
    while (!this.passSome(until, () => tooMuch() || this.#turns.over())) {
      if (tooMuch())
        throw new EngineError(
          "failed",
          `something, like a key that is held, keeps the token awake: after ${MOST_WORK} callbacks it is at ${Math.floor(this.#machine.now / 1000)} ms. Release it, or ask for less in one call`,
        );
      await this.pause();
    }
  }

  /** @returns false where it was `over` before, and something is left to a further call */
  passSome(until: number, over: () => boolean, onThrow: (error: unknown) => void = this.#onThrow): boolean {
    for (;;) {
      this.#watchPower();
      const due = this.#typist.due;
      if (!live(this.#machine, Math.min(due ?? until, until), over, onThrow)) return false;
      this.#watchPower();
      if (this.#typist.due === undefined || this.#typist.due > until) return true;
      const stroke = this.#typist.step();
      if (stroke !== undefined) this.#act({ do: "key", key: stroke.key, down: stroke.down, bounceMs: stroke.bounceMs });
    }
  }

  /** Lets as much time pass as the keys need that wait to be pressed. @throws EngineError as `passTo`: no key then waits any more */
  async typeAll(most = this.allowance): Promise<void> {
    try {
      for (let due = this.#typist.due; due !== undefined; due = this.#typist.due) await this.passTo(due, most);
    } catch (error) {
      await this.leaveKeys(error as EngineError);
      throw error;
    }
  }

  #connect(machine: Machine): Machine {
    machine.onPicture = () => this.onPicture();
    machine.buzzer.onTone = (hertz) => this.onSound(hertz);
    machine.onLine = (direction, text) => {
      if (direction === "to-host") this.#answered = true;
      this.onLine(direction, text);
    };
    return machine;
  }

  #replace(machine: Machine, why: string): void {
    const { hertz } = this.#machine.buzzer;
    this.#machine = this.#connect(machine);
    if (machine.buzzer.hertz !== hertz) this.onSound(machine.buzzer.hertz);
    this.#typist.drop(() => new EngineError("failed", why));
  }

  #act(action: Action): void {
    this.#chronicle.note({ ...action, at: this.#machine.now }, this.#machine.flash.retold);
    act(this.#machine, action, this.#turns.over, this.#onThrow);
  }

  /** Without power no more keys are pressed, and the finger that pressed them leaves. */
  #watchPower(): void {
    if (this.#machine.powered || this.#typist.due === undefined) return;
    const key = this.#typist.drop(check.powerGone);
    if (key !== undefined) this.#act({ do: "key", key, down: false, bounceMs: 0 });
  }

  /** Lets as much time pass as the firmware needs for its answer, and bytes for their way. */
  async #awaitAnswer(most: number): Promise<void> {
    const machine = this.#machine;
    const begun = machine.now;
    for (;;) {
      const busyUntil = machine.line.busyUntil;
      if (this.#answered && busyUntil === undefined) return;
      const next = Math.round(machine.now + machine.idleMs * 1000);
      if (next > Math.min(Math.max(begun, busyUntil ?? 0) + ANSWER, check.LATEST)) return;
      await this.passTo(next, most);
      // The firmware does not come to rest.
      if (machine.now < next) return;
    }
  }
}

/**
 * What is left of a machine without power when fingers leave its keys, what is on its way on the line gets lost, and no cut is to come.
 * Of the machine itself nothing is: its time has run out.
 */
function bare(machine: Machine): MachineState {
  const { now, keypad } = machine;
  machine.onLine = () => {};
  for (const key of keypad.keys) keypad.release(key);
  // Without power nothing comes of all that still happens, and then it has happened.
  machine.advanceTo(Number.MAX_VALUE);
  const { cut: _, ...state } = machine.state!;
  return { ...state, now };
}
