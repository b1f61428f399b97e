import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { boards } from "../../firmware/build/build.ts";
import { report } from "./build.ts";
import { main } from "./main.ts";

/** Runs the command. @returns its exit code and what it printed */
async function run(...words: string[]) {
  const printed = { out: "", err: "" };
  const out = vi.spyOn(process.stdout, "write").mockImplementation((text) => Boolean((printed.out += text)));
  const err = vi.spyOn(process.stderr, "write").mockImplementation((text) => Boolean((printed.err += text)));
  try {
    return { code: await main(["build", ...words]), ...printed };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}

test("ochre build --json says what was built, and it is what lies in the files", async () => {
  const { code, out } = await run("--json", "--board", "pixljs");
  expect(code).toBe(0);
  const [built] = JSON.parse(out).boards;
  expect(built).toMatchObject({ board: "pixljs", bytes: readFileSync(built.paths.bundle).length });
  expect(JSON.parse(readFileSync(built.paths.manifest, "utf8"))).toMatchObject({
    board: "pixljs",
    sha256: built.sha256,
    functions: built.functions,
    modules: built.modules,
  });
});

test("ochre build builds every board and reports bytes, functions and memory", async () => {
  const { code, out } = await run();
  expect(code).toBe(0);
  for (const board of boards) expect(out).toContain(`${board} `);
  expect(out).toMatch(/\d+ functions, \d+ classes, \d+ parameters: about \d+ JsVars when loaded/);
  expect(out).toMatch(/firmware\/core\/\w/);
});

test("an unknown board is wrong usage, with the list of boards", async () => {
  const { code, err } = await run("--board", "toaster");
  expect(code).toBe(2);
  expect(err).toContain(`there is no board toaster; the boards are ${boards.join(", ")}`);
});

test("the report tells the largest files and sums up the others", () => {
  const modules = Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`file${i}.ts`, 100 + i]));
  const manifest = { board: "b", version: "1", bytes: 9, sha256: "ab", modules } as Parameters<
    typeof report
  >[0]["manifest"];
  const paths = { bundle: "b.js", manifest: "b.json" };
  const census = { functions: 3, classes: 2, parameters: 1, jsVars: 40 };
  const parts = [
    { name: "orders", bytes: 970, census },
    { name: "host-line", bytes: 700, unpacked: 1300, census },
  ];
  const lines = report({ manifest, census, parts, paths });
  expect(lines[1]).toMatch(/113 +file13\.ts/);
  expect(lines).toHaveLength(1 + 12 + 1 + 3 + 3);
  expect(lines[13]).toMatch(/201 +2 other files/);
  expect(lines[17]).toMatch(/970 +orders +3 functions, about 40 JsVars, 10 ms$/);
  expect(lines[18]).toMatch(
    /700 +host-line +3 functions, about 140 JsVars, 13 ms, packed: 1300 bytes of text in RAM among them$/,
  );
});
