import { expect, test } from "vitest";
import { Progress } from "./progress.ts";

/** What is written while a thing after the other is told of, every 100 ms. */
function written(isTTY: boolean, things: [doing: string, seconds: number][]): string[] {
  const texts: string[] = [];
  let time = 0;
  const progress = new Progress({
    stream: { isTTY, write: (text) => texts.push(text) },
    now: () => time,
  });
  for (const [doing, seconds] of things) {
    for (let tenths = 0; tenths < seconds * 10; tenths++) {
      progress.tell(doing, tenths);
      time += 100;
    }
  }
  progress.end();
  return texts;
}

test("a terminal has one line, which tells once a second how far it is, and goes away", () => {
  expect(written(true, [["installing", 2.5]])).toEqual([
    "\r\x1b[Kinstalling: 10 ms simulated so far",
    "\r\x1b[Kinstalling: 20 ms simulated so far",
    "\r\x1b[K",
  ]);
});

test("elsewhere each thing has a plain line, and another every ten seconds", () => {
  expect(
    written(false, [
      ["installing", 15],
      ["starting", 2],
    ]),
  ).toEqual([
    "installing: 10 ms simulated so far\n",
    "installing: 110 ms simulated so far\n",
    "starting: 0 ms simulated so far\n",
  ]);
});

test("nothing is said of what is over in less than a second", () => {
  for (const isTTY of [true, false]) expect(written(isTTY, [["installing", 0.9]])).toEqual([]);
});
