import { createContext, runInContext } from "node:vm";
import { expect, test } from "vitest";
import { bootFile, looseBootFile } from "./boot-file.ts";

test.each([
  ["two slots", bootFile("ochre", 98_304)],
  ["one image", looseBootFile("ochre.img", 24, 1000)],
])("the boot file for %s closes the console before it asks for anything else", (_, text) => {
  const asked: string[] = [];
  class Stop extends Error {}
  const E = new Proxy(
    {},
    {
      get: (_target, name) =>
        name === "setConsole"
          ? (...given: unknown[]) => void asked.push(`setConsole ${JSON.stringify(given)}`)
          : () => {
              asked.push(String(name));
              throw new Stop();
            },
    },
  );
  const context = createContext({
    E,
    require: (module: string) => {
      asked.push(module);
      throw new Stop();
    },
  });
  expect(() => runInContext(text, context)).toThrow(Stop);
  expect(asked).toEqual(['setConsole [null,{"force":true}]', "Storage"]);
});
