/**
 * A token for tests: booted, installed, with a serial port of its own, in virtual time. Keys are pressed and the screen is read as a
 * customer would.
 */
import { booted, closing } from "../booted.ts";
import { admit, TokenAdmission } from "../fast/admission.ts";
import { checkState } from "../fast/board-state.ts";
import { checkBoot } from "../fast/boot-options.ts";
import * as check from "../fast/check.ts";
import { loadGate, passGate } from "../fast/gate.ts";
import { PAGE_SIZE, storageRegion } from "../machine/flash.ts";
import { Machine, type MachineOptions } from "../machine/machine.ts";
import { ScreenReader } from "../screen-reader.ts";
import { openPort } from "../serial/port.ts";
import { pressKey, receiveAndAnswer } from "../still-time.ts";
import { bundleOf, checkPort, fixtureInstallation, known, type TokenOptions } from "./boot-options.ts";
import { type Capture, linesOf, pictureOf } from "./capture.ts";

export { fixtureInstallation };

/** `state` is what an earlier token's machine was without power. */
export interface BootOptions extends TokenOptions, Omit<Partial<MachineOptions>, keyof TokenOptions | "admission"> {
  /** Firmware beside the bundle that may run out of the flash: digests, as `ochre update` tells them. */
  trustedFirmware?: string[];
}

export interface Duration {
  ms?: number;
  seconds?: number;
  minutes?: number;
  hours?: number;
  days?: number;
}

/** In milliseconds. */
const UNITS: Record<keyof Duration, number> = {
  ms: 1,
  seconds: 1000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
};

const OPTIONS: Record<keyof BootOptions, true> = {
  board: true,
  bundle: true,
  manifest: true,
  install: true,
  seed: true,
  unixTime: true,
  flash: true,
  state: true,
  trustedFirmware: true,
  port: true,
  announce: true,
  link: true,
};

export class Token {
  readonly machine: Machine;
  /** The serial port; empty without one. */
  path = "";
  readonly #reader: ScreenReader;
  #closePort: () => Promise<void> = async () => {};
  /** What the firmware threw while a host's bytes were handled: the next call throws it. */
  #errors: unknown[] = [];

  constructor(machine: Machine) {
    this.machine = machine;
    this.#reader = new ScreenReader(machine.manifest);
  }

  /**
   * Opens the serial port. What a host sends is handled at once, in as much virtual time as the firmware takes to answer.
   * @param options as `bootToken` has them
   */
  async openPort(options: { link?: string; announce?: { serial: string } } = {}): Promise<void> {
    const port = await openPort(this.machine, {
      ...options,
      receive: (text) => receiveAndAnswer(this.machine, text),
      onError: (error) => this.#errors.push(error),
    });
    this.path = port.path;
    this.#closePort = () => port.close();
  }

  /**
   * Presses one key after the other, each for 60 ms with 60 ms after it.
   * @throws EngineError invalid for a key that the keypad does not have, listing those it has, and no-power for a token without power:
   *   then none was pressed. No-power, too, where the power is gone before the last of them went down; what the firmware throws
   */
  press(...keys: string[]): void {
    this.#rethrow();
    const { machine } = this;
    check.keys(keys, machine.keypad.keys);
    check.power(machine.powered);
    for (const [pressed, key] of keys.entries()) {
      if (!machine.powered) throw check.powerGone(pressed, keys.length);
      pressKey(machine, key);
    }
  }

  /**
   * Bytes from a host, one character each, past the port. They are handled at once, in as much virtual time as the firmware takes to
   * answer; `machine.onLine` tells of what passed.
   * @throws EngineError invalid for what is no byte, no-power for a token without power; what the firmware throws
   */
  send(text: string): void {
    this.#rethrow();
    check.latin1(text);
    check.power(this.machine.powered);
    receiveAndAnswer(this.machine, text);
  }

  /** Lets virtual time pass. @throws EngineError invalid for what is no duration; what the firmware throws */
  advance(duration: Duration): void {
    this.#rethrow();
    known("a duration such as { seconds: 1 }", duration, UNITS);
    let ms = 0;
    for (const unit of Object.keys(UNITS) as (keyof Duration)[])
      ms += UNITS[unit] * check.number(unit, duration[unit] ?? 0, 0, Number.MAX_SAFE_INTEGER);
    this.machine.advance(check.span("a duration", ms));
  }

  /**
   * The four lines of the display, read back from its pixels, without spaces at their ends. The chosen line of a menu, dark on light,
   * begins with "> ". Big digits are text; what no glyph explains reads as "?".
   */
  screen(): string[] {
    this.#rethrow();
    return linesOf(this.capture());
  }

  /** The lines of `screen`, one below the other. */
  text(): string {
    return this.screen().join("\n");
  }

  /** The chosen line of a menu, without a mark; undefined where none is. */
  chosen(): string | undefined {
    this.#rethrow();
    return this.capture()
      .lines.find((line) => line.inverted)
      ?.text.trimEnd();
  }

  /** What the display shows now, pixels and text, to be kept. */
  capture(): Capture {
    const { on, width, height } = this.machine.display;
    const pixels = this.machine.display.frame();
    return { on, width, height, pixels, lines: this.#reader.lines(pixels) };
  }

  /** The display in block characters, in a frame; at half the width where the terminal's columns are too few. */
  picture(columns?: number): string {
    return pictureOf(this.capture(), columns);
  }

  powerOff(): void {
    this.#rethrow();
    this.machine.powerOff();
  }

  /** @throws EngineError no-power for a battery that is too low, foreign-firmware; what the firmware throws */
  powerOn(): void {
    this.#rethrow();
    check.battery(this.machine.batteryVolts);
    check.firmware(this.machine);
    this.machine.powerOn();
  }

  /** Closes the port. @throws what the firmware threw since the last call */
  async close(): Promise<void> {
    closing(this);
    await this.#closePort();
    this.#closePort = async () => {};
    this.#rethrow();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #rethrow(): void {
    const errors = this.#errors.splice(0);
    if (errors.length > 0) throw errors[0];
  }
}

/**
 * A token that has booted: the built bundle of the reference board over a blank flash, installed with the fixture's keys, unless the
 * options say otherwise. Its clock was never set, unless `unixTime` says what it shows.
 * @throws EngineError invalid for options that are none, foreign-firmware for a flash that holds another firmware than was given; what the
 * firmware throws; Error where the bundle was not built
 */
export async function bootToken(options: BootOptions = {}): Promise<Token> {
  known("what bootToken takes", options, OPTIONS);
  checkPort(options);
  const { board: _, port = true, announce = false, link, install = fixtureInstallation, ...given } = options;
  const boot = { ...given, ...(await bundleOf(options)), install };
  checkBoot(boot);
  const { bytes } = storageRegion(boot.manifest);
  const state = boot.state === undefined ? undefined : checkState(boot.state, undefined, bytes / PAGE_SIZE);
  await passGate(boot);
  const machine = new Machine({ ...boot, state, admission: new TokenAdmission(boot) });
  // A host's bytes are handled at once: there is no waiting for the gate by then.
  if (boot.manifest.storage.slotBytes > 0) await loadGate();
  await admit(machine);
  check.battery(machine.batteryVolts);
  machine.powerOn();
  const token = new Token(machine);
  booted(token, install.serial, () => token.capture());
  if (port) await token.openPort({ link, announce: announce ? { serial: install.serial } : undefined });
  return token;
}
