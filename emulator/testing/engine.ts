/**
 * An engine for tests: what a `Token` is not, because it is the virtual board itself, which tests change as they like. An engine knows
 * all that was done to it, so it can be put back to a snapshot and writes sessions down; and it may be a genuine interpreter.
 */
import type { BootOptions as EngineBootOptions, EngineName } from "../engine.ts";
import * as check from "../fast/check.ts";
import { FastEngine } from "../fast/fast-engine.ts";
import { RecordingEngine } from "../recording.ts";
import { engineDevice } from "../serial/engine-device.ts";
import { openPort } from "../serial/port.ts";
import { bundleOf, checkPort, fixtureInstallation, known, type TokenOptions } from "./boot-options.ts";

export interface BootEngineOptions extends TokenOptions, Omit<Partial<EngineBootOptions>, keyof TokenOptions> {
  /** `fast`. */
  engine?: EngineName;
  /** Told of what the firmware throws while time passes by itself; without it the next call is refused with it. Not of `mcu`. */
  onError?: (error: unknown) => void;
  /** Of `fast`: digests of further firmware that may run out of the flash. */
  trustedFirmware?: string[];
  /** Of `fast` and `mcu`: at 0, as it is where nothing is said, time stands still. */
  speed?: number;
  /** Of `espruino`: path of the interpreter; what ESPRUINO in the environment names where it is not given. */
  espruino?: string;
  /** Of `mcu`: Espruino for the RP2040 Pico, raw bytes or UF2, and the chip's boot ROM. */
  image?: Uint8Array;
  bootrom?: Uint8Array;
}

const OPTIONS: Record<keyof BootEngineOptions, true> = {
  engine: true,
  board: true,
  bundle: true,
  manifest: true,
  install: true,
  seed: true,
  unixTime: true,
  flash: true,
  port: true,
  announce: true,
  link: true,
  onListenerError: true,
  onError: true,
  trustedFirmware: true,
  speed: true,
  espruino: true,
  image: true,
  bootrom: true,
};

/** Options that only some engines have. */
const OWN: Partial<Record<keyof BootEngineOptions, readonly EngineName[]>> = {
  onError: ["fast", "espruino"],
  trustedFirmware: ["fast"],
  speed: ["fast", "mcu"],
  espruino: ["espruino"],
  image: ["mcu"],
  bootrom: ["mcu"],
};

const ENGINES: readonly EngineName[] = ["fast", "espruino", "mcu"];

/** A token of a test, by the calls that every engine has. */
export class TestEngine extends RecordingEngine {
  /** The serial port; empty without one. */
  path = "";
  #closePort: () => Promise<void> = async () => {};
  /** What was thrown while a host's bytes were handled: `close` throws it. */
  readonly #errors: unknown[] = [];

  /** @param options as `bootEngine` has them */
  async openPort(options: { link?: string; announce?: { serial: string } } = {}): Promise<void> {
    const port = await openPort(
      engineDevice(this, (error) => this.#errors.push(error)),
      options,
    );
    this.path = port.path;
    this.#closePort = () => port.close();
  }

  /** Closes the port, and the engine. @throws what was thrown while a host's bytes were handled */
  override async close(): Promise<void> {
    await this.#closePort();
    this.#closePort = async () => {};
    await super.close();
    const errors = this.#errors.splice(0);
    if (errors.length > 0) throw errors[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * A token that has booted on an engine, `fast` where nothing is said: the built bundle of the reference board over a blank flash,
 * installed with the fixture's keys, unless the options say otherwise.
 * @throws EngineError invalid for options that are none; what the engine throws; Error where the bundle was not built
 */
export async function bootEngine(options: BootEngineOptions = {}): Promise<TestEngine> {
  known("what bootEngine takes", options, OPTIONS);
  checkPort(options);
  checkOwn(options);
  const { board: _, port = true, announce = false, link, install = fixtureInstallation, ...given } = options;
  const engine = new TestEngine(await boot({ ...given, ...(await bundleOf(options)), install }));
  try {
    if (port) await engine.openPort({ link, announce: announce ? { serial: install.serial } : undefined });
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
}

function checkOwn(options: BootEngineOptions): void {
  const { engine = "fast" } = options;
  if (!ENGINES.includes(engine)) check.refuse(`the engines are ${ENGINES.join(", ")}, not ${check.shown(engine)}`);
  for (const [name, engines] of Object.entries(OWN))
    if (options[name as keyof BootEngineOptions] !== undefined && !engines.includes(engine))
      check.refuse(`${name} is an option of ${engines.join(" and ")}, not of ${engine}`);
}

type Start = Omit<BootEngineOptions, keyof TokenOptions> & EngineBootOptions;

/** Each engine is loaded only when it is meant. */
async function boot({ engine, espruino = process.env.ESPRUINO, image, bootrom, speed = 0, ...start }: Start) {
  if (engine === "espruino") {
    if (!espruino) check.refuse("the engine espruino needs espruino, the path of an Espruino for Linux, or ESPRUINO");
    const { EspruinoEngine } = await import("../espruino/espruino-engine.ts");
    return EspruinoEngine.boot({ ...start, espruino: espruino as string });
  }
  if (engine === "mcu") {
    if (!(image instanceof Uint8Array && bootrom instanceof Uint8Array))
      check.refuse("the engine mcu needs image, an Espruino for the Pico, and bootrom, the RP2040's, as Uint8Arrays");
    const { McuEngine } = await import("../mcu/mcu-engine.ts");
    return McuEngine.boot({ ...start, image: image as Uint8Array, bootrom: bootrom as Uint8Array, speed });
  }
  return FastEngine.boot({ ...start, speed });
}
