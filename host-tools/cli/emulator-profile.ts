/** `ochre emulator --engine mcu --profile`: what each screen of a customer's way takes. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { profileStory } from "../../emulator/mcu/profile.ts";
import { FrameTransport, type Line } from "../device/frame-transport.ts";
import { createKeystore, readKeystore } from "../keys/keystore.ts";
import { LaboratoryKeyService } from "../keys/laboratory-key-service.ts";
import { personalise, STANDARD_CREDENTIALS, transferCredential } from "../provisioning/personalise.ts";
import { print, table } from "./output.ts";
import { Progress } from "./progress.ts";

/** The simulated chip is slower than the real one. */
const PATIENCE = { timeoutMs: 60_000, retries: 0 };

/** Takes a token from the factory to its codes, and prints a line a screen. */
export async function printProfile(engine: McuEngine, json: boolean | undefined): Promise<void> {
  const progress = new Progress();
  const stop = progress.follow("measuring the screens", () => engine.board.time);
  const bank = await openBank(engine);
  const rows = await profileStory(engine, bank).finally(async () => {
    stop();
    progress.end();
    await bank.close();
  });
  const lines = rows.map(({ name, ms, cycles }) => [name, `${ms.toFixed(1)} ms`, `${cycles} cycles`]);
  print(json, table([["from the end of debouncing to the last I2C stop", "", "at 125 MHz"], ...lines]), {
    profile: rows,
  });
}

/** A bank with keys that nobody keeps. */
async function openBank(engine: McuEngine) {
  const folder = await mkdtemp(join(tmpdir(), "ochre-profile-"));
  const file = join(folder, "keystore.json");
  await createKeystore(file);
  const keystore = await readKeystore(file);
  const keys = new LaboratoryKeyService(keystore!);
  const { serial, manifest } = engine;
  const token = { serial, model: Uint8Array.of(manifest.model >> 8, manifest.model & 0xff) };
  return {
    personalise: async (pinTryLimit: number) => {
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
      // The bank's clock is the board's: what this computer does beside the simulation is no time of the token's.
      const ahead = Date.now() - engine.board.time;
      const clock = { now: () => ahead + engine.board.time, sleep: (ms: number) => engine.advance(ms) };
      const credentials = [...STANDARD_CREDENTIALS, transferCredential(2, "VND")];
      await personalise(new FrameTransport(line, PATIENCE), keys, {
        credentials,
        policy: { pinTryLimit },
        clock,
      }).finally(stop);
    },
    unlock: (challenge: string) => keys.unlockAnswer(token, challenge),
    close: async () => {
      keys.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
