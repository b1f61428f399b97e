/** Keys and bytes of a token that has no power, or loses it. */
import { beforeEach, describe, expect, test } from "vitest";
import { smallBundle, smallManifest } from "../testing/small-bundle.ts";
import { fixtureInstallation } from "../testing/token.ts";
import { FastEngine } from "./fast-engine.ts";

const HOUR = 3_600_000;
/** Each key that goes down in the first column erases a page. */
const bundle = smallBundle({
  declarations: "var edges = [];",
  start: `digitalWrite([D6, D7, D8, D9], 0);
    [D10, D11, D12, D13].forEach(function (p) {
      pinMode(p, 'input_pullup');
      setWatch(function (e) {
        edges.push(p + (e.state ? ' up' : ' down'));
        if (p === D10 && !e.state) require('Flash').erasePage(0x101c0000);
      }, p, { repeat: true, edge: 'both' });
    });`,
  members: "edges: function () { return edges.join(', '); }",
});
let engine: FastEngine;
beforeEach(async () => {
  engine = await FastEngine.boot({ bundle, manifest: smallManifest, install: fixtureInstallation });
});
const edges = () => (engine.machine.exports.edges as () => string)();
const noPower = { name: "EngineError", fault: "no-power" };

describe("without power", () => {
  test.each<[string, () => Promise<void>]>([
    ["a key that goes down", () => engine.keyDown("1")],
    ["a press", () => engine.press(["1"])],
    ["a host's bytes", () => engine.send("x")],
  ])("%s is refused, and the reason says what to do", async (_, call) => {
    await engine.powerOff();
    await expect(call()).rejects.toMatchObject({ ...noPower, message: expect.stringMatching(/give it its power/) });
    await engine.powerOn();
    await engine.advance(100);
    expect(edges()).toBe("");
  });

  test("a finger may leave a key, and otherwise stays on it", async () => {
    await engine.keyDown("2");
    await engine.powerOff();
    expect(engine.machine.keypad.touched).toBe(true);
    await engine.powerOn();
    expect(engine.machine.keypad.touched).toBe(true);
    await engine.powerOff();
    await engine.keyUp("2");
    await engine.powerOn();
    await engine.advance(100);
    expect(edges()).toBe("");
  });
});

describe("a cut while keys are pressed", () => {
  test("refuses the press with how far it came; the keys after it are not pressed", async () => {
    await engine.cutAtFlashOperation(1);
    await expect(engine.press(["2", "1", "2"])).rejects.toMatchObject({
      ...noPower,
      message: expect.stringMatching(/after 2 of 3 keys/),
    });
    expect((await engine.power()).on).toBe(false);
    expect(engine.machine.keypad.touched).toBe(false);
    await engine.powerOn();
    await engine.press(["3"]);
    expect(edges()).toBe("12 down, 12 up");
  });

  test("at the last key is what the press led to: it is done", async () => {
    await engine.cutAtFlashOperation(1);
    await engine.press(["2", "1"]);
    expect((await engine.power()).on).toBe(false);
    await engine.powerOn();
    await engine.press(["3"]);
    expect(edges()).toBe("12 down, 12 up");
  });
});

describe("in time that passes by itself, power that is taken away", () => {
  beforeEach(() => engine.setClock({ speed: 1 }));

  test.each<[string, () => Promise<void>]>([
    ["by hand", () => engine.powerOff()],
    ["by an empty battery", () => engine.setBattery(0)],
  ])("%s forgets the keys that wait, and their presses are refused", async (_, takeAway) => {
    const refused = [["2", "3"], ["4"]].map((keys) =>
      expect(engine.press(keys, { holdMs: HOUR })).rejects.toMatchObject(noPower),
    );
    await engine.clock();
    await takeAway();
    await Promise.all(refused);
    expect(engine.machine.keypad.touched).toBe(false);
    await engine.setBattery(4.5);
    await engine.powerOn();
    await engine.press(["3"]);
    await engine.setClock({ speed: 0 });
    expect(edges()).toBe("12 down, 12 up");
    const snapshot = await engine.snapshot();
    await engine.restore(snapshot);
    expect(await engine.snapshot()).toEqual(snapshot);
    await engine.close();
  });
});
