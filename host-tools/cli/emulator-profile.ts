/** `ochre emulator --engine mcu --profile`: what each screen of a customer's way takes. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { profileStory } from "../../emulator/mcu/profile.ts";
import { FrameTransport, type Line } from "../device/frame-transport.ts";
import { createKeystore, readKeystore } from "../keys/keystore.ts";
import { LaboratoryKeyService } from "../keys/laboratory-key-service.ts";
import { personalise } from "../provisioning/personalise.ts";
import { print, table } from "./output.ts";
import { Progress } from "./progress.ts";

/** The simulated chip is slower than the real one. */
const PATIENCE = { timeoutMs: 60_000, retries: 0 };

/** Takes a token from the factory to its codes, and prints a line a screen. */
export async function printProfile(engine: McuEngine, json: boolean | undefined): Promise<void> {
  const progress = new Progress();
  const stop = progress.follow("measuring the screens", () => engine.board.time);
  const rows = await profileStory(engine, { personalise: () => personaliseFor(engine) }).finally(() => {
    stop();
    progress.end();
  });
  const lines = rows.map(({ name, ms, cycles }) => [name, `${ms.toFixed(1)} ms`, `${cycles} cycles`]);
  print(json, table([["from the end of debouncing to the last I2C stop", "", "at 125 MHz"], ...lines]), {
    profile: rows,
  });
}

/** With keys that nobody keeps. */
async function personaliseFor(engine: McuEngine): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "ochre-profile-"));
  const line: Line = {
    path: "memory",
    write: (text) => engine.send(text),
    close: async () => {},
    onText: () => {},
    onEnd: () => {},
  };
  const stop = engine.onSerial((direction, text) => {
    if (direction === "to-host") line.onText(text);
  });
  try {
    await createKeystore(join(folder, "keystore.json"));
    const keystore = await readKeystore(join(folder, "keystore.json"));
    const keys = new LaboratoryKeyService(keystore!);
    await personalise(new FrameTransport(line, PATIENCE), keys);
    keys.close();
  } finally {
    stop();
    await rm(folder, { recursive: true, force: true });
  }
}
