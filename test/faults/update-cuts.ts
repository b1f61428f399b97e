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
import { remembered } from "./cut-points.ts";

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

export interface UpdateCut {
  /** Of the flash, from the moment when the token is asked who it is; 1 is the first. */
  operation: number;
  /** Share of its bits that change before the power is gone. */
  tear: number;
}

/**
 * Cuts an update and gives the power back: the token has the old version or the new one, and remembers what it did.
 * @returns the version that it has, and whether the cut was reached
 */
export async function cutUpdate(
  boot: (flash: Uint8Array) => Promise<Engine>,
  flash: Uint8Array,
  release: FirmwareRelease,
  { operation, tear }: UpdateCut,
  holds: (engine: Engine) => Promise<void> = async () => {},
): Promise<{ cut: boolean; version: string; flash: Uint8Array }> {
  const engine = await boot(flash);
  try {
    await engine.cutAtFlashOperation(operation, tear);
    const before = (await engine.power()).flashOperations;
    await updateThrough(engine, release).catch(() => undefined);
    const { on, flashOperations } = await engine.power();
    const cut = flashOperations - before >= operation && !on;
    if (on) await engine.powerOff();
    // One that was not reached must not strike later.
    await engine.cutAtFlashOperation(0);
    const left = await engine.dumpFlash();
    await engine.powerOn();
    const version = await versionOf(engine);
    expect(memory(await engine.dumpFlash()), `cut at operation ${operation}, torn by ${tear}`).toEqual(memory(flash));
    await holds(engine);
    return { cut, version, flash: left };
  } finally {
    await engine.close();
  }
}
