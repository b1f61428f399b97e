import { beforeEach, expect, test, vi } from "vitest";
import { readBuilt } from "../built.ts";
import { FastEngine } from "../fast/fast-engine.ts";
import { fixtureInstallation } from "../testing/token.ts";
import { KeyPresser } from "./keys.ts";

let engine: FastEngine;
let done: string[];

beforeEach(async () => {
  engine = await FastEngine.boot({ ...(await readBuilt("pico-keypad")), install: fixtureInstallation });
  done = [];
  const { keyDown, keyUp } = engine;
  engine.keyDown = (key) => {
    done.push(`${key} down ${engine.machine.time}`);
    return keyDown.call(engine, key);
  };
  engine.keyUp = (key) => {
    done.push(`${key} up ${engine.machine.time}`);
    return keyUp.call(engine, key);
  };
});

const failed = (error: unknown) => expect.fail(String(error));
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

test("while time is frozen a click of no length still holds its key for 100 ms of the token's time", async () => {
  const keys = new KeyPresser(engine, { speed: () => 0, onRefusal: failed });
  keys.tap("1");
  keys.tap("2");
  await vi.waitFor(() => expect(done).toHaveLength(4));
  expect(done).toEqual(["1 down 0", "1 up 100", "2 down 160", "2 up 260"]);
});

test("a key is down for as long as the finger is", async () => {
  const slept: number[] = [];
  const keys = new KeyPresser(engine, {
    speed: () => 2,
    sleep: async (ms) => {
      slept.push(ms);
      await engine.advance(2 * ms);
    },
    onRefusal: failed,
  });
  keys.down("OK");
  keys.down("OK");
  await settled();
  expect(done).toEqual(["OK down 0"]);
  keys.up("OK");
  await vi.waitFor(() => expect(slept).toHaveLength(2));
  expect(done).toHaveLength(2);
  expect(slept).toEqual([50, 30]);
});

test("a key is held by the token's time, which falls behind on a busy computer", async () => {
  const keys = new KeyPresser(engine, {
    speed: () => 1,
    sleep: (ms) => engine.advance(ms / 2),
    onRefusal: failed,
  });
  keys.tap("7");
  await vi.waitFor(() => expect(done).toHaveLength(2));
  const [down, up] = done.map((line) => Number(line.split(" ")[2]));
  expect(up - down).toBeGreaterThanOrEqual(100);
});

test("a key is let go of even if the token's time stands still", async () => {
  const keys = new KeyPresser(engine, { speed: () => 1, sleep: async () => {}, onRefusal: failed });
  keys.tap("7");
  await vi.waitFor(() => expect(done).toHaveLength(2));
});

test("a key that the token has not is refused, and the next one is pressed all the same", async () => {
  const refusals: unknown[] = [];
  const keys = new KeyPresser(engine, { speed: () => 0, onRefusal: (error) => refusals.push(error) });
  keys.tap("F1");
  keys.tap("5");
  await vi.waitFor(() => expect(done).toHaveLength(3));
  expect(String(refusals[0])).toMatch(/CLEAR/);
  expect(done.map((line) => line.replace(/ [\d.]+$/, ""))).toEqual(["F1 down", "5 down", "5 up"]);
});

test("all keys come up when the page loses the keyboard", async () => {
  const keys = new KeyPresser(engine, { speed: () => 0, onRefusal: failed });
  keys.down("3");
  await settled();
  keys.releaseAll();
  await vi.waitFor(() => expect(done).toHaveLength(2));
});
