/** `--engine` of `ochre emulator`: each engine is loaded only when it is meant. */
import { readFile } from "node:fs/promises";
import { type BootOptions, type Engine, EngineError, type EngineName } from "../../emulator/engine.ts";
import { Progress } from "./progress.ts";
import { UsageError } from "./usage-error.ts";

export interface EngineOptions {
  engine: string;
  /** Espruino for the RP2040, and the RP2040's boot ROM: the user's own. */
  image?: string;
  bootrom?: string;
  /** Espruino for Linux: the user's own; ESPRUINO where it is not given. */
  espruino?: string;
  profile?: boolean;
  speed: string;
  state?: string;
  /** Digests of firmware that the token's flash may hold and run. */
  firmware?: string[];
}

/** What a token starts from. */
export interface Start extends BootOptions {
  seed: number;
  onError: (error: unknown) => void;
}

/** A month a second: faster than that, a moment at the keyboard is a year. */
const FASTEST = 2_592_000;
const ENGINES: readonly EngineName[] = ["fast", "espruino", "mcu"];

/** @throws UsageError for options that don't go together, before anything is started */
export function checkEngineOptions(options: EngineOptions): void {
  const { engine, image, bootrom, espruino, profile, state, firmware = [] } = options;
  if (!ENGINES.includes(engine as EngineName))
    throw new UsageError(`there is no engine ${engine}: the engines are ${ENGINES.join(", ")}`);
  speedOf(options);
  if (engine !== "mcu") {
    const given = [image && "--image", bootrom && "--bootrom", profile && "--profile"].filter(Boolean);
    if (given.length > 0) throw new UsageError(`${given.join(", ")} is for --engine mcu`);
  }
  if (engine !== "fast" && firmware.length > 0) throw new UsageError("--firmware is for --engine fast");
  for (const digest of firmware)
    if (!/^[0-9a-f]{64}$/i.test(digest))
      throw new UsageError(
        `--firmware is the digest that "ochre update" printed, 64 hexadecimal digits, not ${digest}`,
      );
  if (engine !== "espruino" && espruino !== undefined) throw new UsageError("--espruino is for --engine espruino");
  if (profile && state !== undefined)
    throw new UsageError("--profile measures a token from the factory, and --state keeps one: leave one of them out");
  if (engine === "espruino") {
    if (interpreterOf(options) === undefined)
      throw new UsageError(
        "--engine espruino needs --espruino PATH (Espruino for Linux), or ESPRUINO in the environment",
      );
    if (options.speed !== "1") throw new UsageError("--engine espruino runs in real time: no --speed");
  }
  if (engine !== "mcu") return;
  if (image === undefined || bootrom === undefined)
    throw new UsageError(
      "--engine mcu needs --image FILE (Espruino for the Pico, .uf2 or .bin) and --bootrom FILE (the RP2040's boot ROM, 16 KB)",
    );
}

function interpreterOf({ espruino }: EngineOptions): string | undefined {
  return espruino ?? (process.env.ESPRUINO || undefined);
}

/** 0 for frozen. */
function speedOf({ speed }: EngineOptions): number {
  if (speed === "frozen") return 0;
  const number = /^\d+(\.\d+)?$/.test(speed) ? Number(speed) : 0;
  if (number <= 0 || number > FASTEST)
    throw new UsageError(`a speed is "frozen" or a number above 0, at most ${FASTEST}, not ${speed}`);
  return number;
}

async function file(name: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(name));
  } catch (error) {
    throw new UsageError(`${name} can't be read: ${(error as Error).message}`);
  }
}

/** The interpreter, the images and the state are the user's own: what an engine calls invalid of them is wrong usage. */
function notUsable(error: unknown): never {
  const usage = error instanceof EngineError && (error.fault === "invalid" || error.fault === "foreign-firmware");
  throw usage ? new UsageError(error.message) : error;
}

/** A token that has booted. @throws UsageError for a file that can't be read or is of another kind; what the engine throws */
export async function bootEngine(options: EngineOptions, start: Start): Promise<Engine> {
  const speed = speedOf(options);
  if (options.engine === "mcu") {
    const { McuEngine } = await import("../../emulator/mcu/mcu-engine.ts");
    const [image, bootrom] = [await file(options.image!), await file(options.bootrom!)];
    const progress = new Progress();
    const onProgress = (doing: string, ms: number) => progress.tell(doing, ms);
    const booting = McuEngine.boot({ ...start, image, bootrom, speed: options.profile ? 0 : speed, onProgress });
    return await booting.catch(notUsable).finally(() => progress.end());
  }
  if (options.engine === "espruino") {
    const { EspruinoEngine } = await import("../../emulator/espruino/espruino-engine.ts");
    return EspruinoEngine.boot({ ...start, espruino: interpreterOf(options) as string }).catch(notUsable);
  }
  const { FastEngine } = await import("../../emulator/fast/fast-engine.ts");
  return FastEngine.boot({ ...start, speed, trustedFirmware: options.firmware }).catch(notUsable);
}
