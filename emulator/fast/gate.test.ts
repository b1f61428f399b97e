/** Bundles that no `ochre build` made: what a genuine interpreter would fail at does not boot, whoever boots it. */
import { describe, expect, test } from "vitest";
import { tokenise } from "../../firmware/build/tokens.ts";
import { readBuilt } from "../built.ts";
import { smallBundle, smallManifest } from "../testing/small-bundle.ts";
import { bootToken, fixtureInstallation } from "../testing/token.ts";
import { FastEngine } from "./fast-engine.ts";

const bundle = (body: string) => smallBundle({ members: `value: function (x, y) { ${body} }` });
const boot = async (text: string, manifest = smallManifest) => {
  const engine = await FastEngine.boot({ bundle: text, manifest, install: fixtureInstallation });
  await engine.close();
};

/** What `test/genuine/dialect.test.ts` shows of the interpreter itself. */
const DIES = [
  ["'abc'.at(0)", ".at is missing"],
  ["[[1]].flat()", ".flat is missing"],
  ["'a'.codePointAt(0)", ".codePointAt is missing"],
  ["[1].toSorted()", ".toSorted is missing"],
  ["/^a{2}$/.test(x)", "a counted repetition never matches"],
  ["1 << 32", "a shift by 32 or more"],
  ["'\\u1ec1'.charCodeAt(0)", "U+1EC1 in a string"],
  ["(function (a = 3) { return a; })()", "a default parameter"],
  ["Math.max(...x)", "spread"],
  ["(function () { var { a } = x; return a; })()", "destructuring"],
  ["(function () { return f(); function f() { return 1; } })()", "not hoisted"],
] as const;

test.each(DIES)("%s is refused: %s", async (expression, why) => {
  const text = bundle(`return ${expression};`);
  const refused = { fault: "invalid", message: expect.stringContaining(why) };
  await expect(boot(text)).rejects.toMatchObject(refused);
  await expect(bootToken({ bundle: text, manifest: smallManifest, port: false })).rejects.toMatchObject(refused);
  // Words as the interpreter's own tokens hide nothing.
  if (!text.includes("\\u")) await expect(boot(tokenise(text))).rejects.toMatchObject(refused);
});

describe("a bundle of somebody's own", () => {
  test("boots where it keeps to the dialect, whatever of the interpreter's globals it uses", async () => {
    await boot(bundle("return Math.sin(x) + (1 << y) + LED1 + 'abc'[0];"));
  });

  test("is told each place, by line and column", async () => {
    await expect(boot(bundle("return x ** 2\n + y.flat();"))).rejects.toThrow(
      /^a genuine.*\n8:\d+: `\*\*`\n9:6: \.flat is missing$/,
    );
  });

  test("is not let through by the manifest of another one", async () => {
    const built = await readBuilt("pico-keypad");
    await expect(boot(bundle("return x ** 2;"), built.manifest)).rejects.toThrow("`**`");
    // One that is another only beyond the low bytes of its characters.
    const other = built.bundle.replace("1", "\u0131");
    await expect(boot(other, built.manifest)).rejects.toThrow(/no character above U\+00FF/);
    await boot(built.bundle, built.manifest);
  });
});
