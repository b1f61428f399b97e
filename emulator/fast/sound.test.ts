import { expect, test } from "vitest";
import type { Sound } from "../engine.ts";
import { smallBundle, smallManifest } from "../testing/small-bundle.ts";
import { fixtureInstallation } from "../testing/token.ts";
import { FastEngine } from "./fast-engine.ts";

const hum = smallBundle({ start: "analogWrite(D15, 0.5, { freq: 2000 });" });
const boot = (manifest = smallManifest) => FastEngine.boot({ bundle: hum, manifest, install: fixtureInstallation });

test("a tone begins and ends with the power, and with the snapshot that it is in", async () => {
  const engine = await boot();
  expect(engine.capabilities.sound).toBe(true);
  const heard: Sound[] = [];
  const stop = engine.onSound((sound) => heard.push(sound));
  await engine.advance(30);
  const kept = await engine.snapshot();
  await engine.powerOff();
  expect(heard.splice(0)).toEqual([{ hertz: 0, timeMs: 30 }]);
  await engine.advance(20);
  await engine.powerOn();
  expect(heard.splice(0)).toEqual([{ hertz: 2000, timeMs: 50 }]);
  await engine.powerOff();
  heard.splice(0);
  await engine.restore(kept);
  expect(heard.splice(0)).toEqual([{ hertz: 2000, timeMs: 30 }]);
  stop();
  await engine.powerOff();
  expect(heard).toEqual([]);
  await engine.close();
});

test("a board without a buzzer has no sound", async () => {
  const { sound: _, ...without } = smallManifest;
  const engine = await boot(without as typeof smallManifest);
  expect(engine.capabilities.sound).toBe(false);
  await engine.close();
});
