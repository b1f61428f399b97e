/** What a customer does with a token, for the cuts of its power on whichever engine. */
import { expect } from "vitest";
import type { Engine } from "../../emulator/engine.ts";
import { PIN } from "../end-to-end/bank.ts";
import type { Deed } from "./cut-points.ts";

export const WRONG = "918273";
const OTHER = "604829";

export const press = (engine: Engine, ...keys: string[]) => engine.press(keys);
export const lines = async (engine: Engine) => (await engine.screen()).lines.map((line) => line.text.trim()).join("\n");

/** One of these PINs opens the token, which gives a code. */
export const opensBy =
  (...pins: string[]) =>
  async (engine: Engine) => {
    const seen = [];
    for (const pin of pins) {
      await press(engine, "OFF", "OK", ...pin, "OK", "1");
      seen.push(await lines(engine));
    }
    expect(
      seen.some((screen) => /\d{4} \d{4}/.test(screen)),
      seen.join("\n---\n"),
    ).toBe(true);
  };

const choose = async (engine: Engine) => {
  if ((await lines(engine)).includes("Enter your PIN")) return;
  await press(engine, "OFF", "OK", "OK");
  if ((await lines(engine)).includes("Choose a new PIN")) await press(engine, ...PIN, "OK", ...PIN, "OK", "OK");
};

export const firstPin: Omit<Deed, "flash"> = {
  name: "a first PIN",
  changes: ["PIN set"],
  perform: (engine) => press(engine, "OK", ...PIN, "OK", ...PIN, "OK"),
  holds: async (engine) => {
    await choose(engine);
    await opensBy(PIN)(engine);
  },
};

export const wrongPin: Omit<Deed, "flash"> = {
  name: "a wrong PIN",
  changes: ["try counted"],
  perform: (engine) => press(engine, "OK", ...WRONG, "OK"),
  holds: opensBy(PIN),
};

export const timeCode: Omit<Deed, "flash"> = {
  name: "a time code",
  changes: ["try counted", "count taken back", "mark of the clock"],
  perform: (engine) => press(engine, "OK", ...PIN, "OK", "1"),
  holds: opensBy(PIN),
};

export const changeOfPin: Omit<Deed, "flash"> = {
  name: "another PIN",
  changes: ["try counted", "PIN changed"],
  perform: (engine) => press(engine, "OK", "MENU", "OK", "1", ...PIN, "OK", ...OTHER, "OK", ...OTHER, "OK"),
  holds: opensBy(PIN, OTHER),
};

export const otherLanguage: Omit<Deed, "flash"> = {
  name: "the other language",
  changes: ["language"],
  perform: (engine) => press(engine, "OK", "MENU", "OK", "3"),
};
