/** Power that is lost while a token is given another firmware, on whichever engine. */
import { expect } from "vitest";
import type { Engine } from "../../emulator/engine.ts";
import { SEQUENCE } from "../../firmware/core/entries.ts";
import { FrameTransport, type Line } from "../../host-tools/device/frame-transport.ts";
import { tokenInfo } from "../../host-tools/device/token.ts";
import type { Transport } from "../../host-tools/device/transport.ts";
import {
  type FirmwareRelease,
  type FirmwareUpdate,
  updateFirmware,
} from "../../host-tools/provisioning/update-firmware.ts";
import { bankKeys } from "../end-to-end/personalised.ts";
import { type Boot, type Deed, remembered } from "./cut-points.ts";
import { type CutPoint, cutPoint, type FlashRecord, type Left, sameLeft } from "./flash-record.ts";

/**
 * The token's line, with the engine's time; over when its power is lost.
 * @param send where the engine's own waits for longer than the answer takes
 */
export function openLine(engine: Engine, send = (text: string) => engine.send(text)) {
  const line: Line = {
    path: "engine",
    // No answer comes from a token that lost its power meanwhile, and nobody waits for one.
    write: async (text) => {
      await send(text);
      if (!(await engine.power()).on) throw new Error("the power was cut");
    },
    close: async () => {},
    onText: () => {},
    onEnd: () => {},
  };
  const stop = engine.onSerial((direction, text) => {
    if (direction === "to-host") line.onText(text);
  });
  const transport = new FrameTransport(line, { timeoutMs: 600_000, retries: 0 });
  let time = 0;
  const clock = {
    now: () => time,
    sleep: async (ms: number) => {
      time += ms;
      await engine.advance(ms);
      if (!(await engine.power()).on) throw new Error("the power was cut");
    },
  };
  const close = async () => {
    stop();
    await transport.close();
  };
  return { transport, clock, close };
}

/** What the bank's desk does, with the token's time. @param before told before each command, but that of the session */
export async function updateThrough(
  engine: Engine,
  release: FirmwareRelease,
  before: (command: number) => Promise<void> = async () => {},
): Promise<FirmwareUpdate> {
  const { transport, clock, close } = openLine(engine);
  const keys = bankKeys();
  let command = 0;
  const told: Transport = {
    exchange: async (apdu) => {
      await before(command++);
      return transport.exchange(apdu);
    },
    reset: () => transport.reset(),
    close: () => transport.close(),
  };
  try {
    return await updateFirmware(told, keys, async () => release, { clock });
  } finally {
    keys.close();
    await close();
  }
}

export async function versionOf(engine: Engine): Promise<string> {
  const { transport, close } = openLine(engine);
  try {
    return (await tokenInfo(transport)).firmwareVersion;
  } finally {
    await close();
  }
}

/** What a token remembers, but for the number of its sessions. */
export function memory(flash: Uint8Array): Record<number, string> {
  const { [SEQUENCE]: _, ...entries } = remembered(flash);
  return entries;
}

/** An update as a deed. @param before told before each command, but that of the session */
export const updateDeed = (
  begins: Left,
  release: FirmwareRelease,
  before?: (engine: Engine, command: number) => Promise<void>,
): Deed => ({
  name: "an update",
  begins,
  changes: [],
  perform: async (engine) => void (await updateThrough(engine, release, async (command) => before?.(engine, command))),
});

/**
 * Gives what a cut of an update left its power: the token remembers what it did before.
 * @returns the version that it has
 */
export async function versionAfter(
  boot: Boot,
  point: CutPoint,
  flashBefore: Uint8Array,
  holds: (engine: Engine) => Promise<void> = async () => {},
): Promise<string> {
  const engine = await boot(point);
  try {
    const version = await versionOf(engine);
    const where = `cut at operation ${point.operation}, torn by ${point.tear}`;
    expect(memory(await engine.dumpFlash()), where).toEqual(memory(flashBefore));
    await holds(engine);
    return version;
  } finally {
    await engine.close();
  }
}

/** Cuts at these operations, without those that leave what the one before them left. */
export function* differentCuts(done: FlashRecord, first: number, last: number, tears: number[]): Generator<CutPoint> {
  let former: CutPoint | undefined;
  for (let operation = first; operation <= last; operation++)
    for (const tear of tears) {
      const point = cutPoint(done, operation, tear);
      if (former === undefined || !sameLeft(former, point)) yield point;
      former = point;
    }
}
