import { beforeEach, expect, test } from "vitest";
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

test("while time is frozen a click of no length still holds its key for 50 ms of the token's time", async () => {
  const keys = new KeyPresser(engine, { speed: () => 0, onRefusal: failed });
  keys.tap("1");
  keys.tap("2");
  await settled();
  expect(done).toEqual(["1 down 0", "1 up 50", "2 down 90", "2 up 140"]);
});

test("a key is down for as long as the finger is", async () => {
  const slept: number[] = [];
  const keys = new KeyPresser(engine, {
    speed: () => 2,
    sleep: async (ms) => {
      slept.push(ms);
    },
    onRefusal: failed,
  });
  keys.down("OK");
  keys.down("OK");
  await settled();
  expect(done).toEqual(["OK down 0"]);
  keys.up("OK");
  await settled();
  expect(done).toHaveLength(2);
  expect(slept).toEqual([25, 20]);
});

test("a key that the token has not is refused, and the next one is pressed all the same", async () => {
  const refusals: unknown[] = [];
  const keys = new KeyPresser(engine, { speed: () => 0, onRefusal: (error) => refusals.push(error) });
  keys.tap("F1");
  keys.tap("5");
  await settled();
  expect(String(refusals[0])).toMatch(/CLEAR/);
  expect(done.map((line) => line.replace(/ [\d.]+$/, ""))).toEqual(["F1 down", "5 down", "5 up"]);
});

test("all keys come up when the page loses the keyboard", async () => {
  const keys = new KeyPresser(engine, { speed: () => 0, onRefusal: failed });
  keys.down("3");
  await settled();
  keys.releaseAll();
  await settled();
  expect(done).toHaveLength(2);
});
