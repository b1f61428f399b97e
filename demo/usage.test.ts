import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

function called(script: string, ...args: string[]) {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

describe.each([
  ["page.ts", "usage: node demo/page.ts [--out FOLDER]"],
  ["start.ts", "usage: npm start -- [--once] [--language en|vi]"],
])("%s", (script, usage) => {
  test.each(["--help", "-h"])("says how it is called when asked by %s", (asked) => {
    const { status, stdout, stderr } = called(script, asked);
    expect(stdout).toContain(usage);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test.each([["--sideways"], ["somewhere"], [script === "page.ts" ? "--out" : "--language"]])(
    "says so when it is called wrongly, with %s, and shows no stack",
    (argument) => {
      const { status, stdout, stderr } = called(script, argument);
      expect(stderr).toContain(usage);
      expect(stderr).not.toMatch(/^ +at /m);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    },
  );
});

test("a page that can't be written says why, in one line", () => {
  const { status, stderr } = called("page.ts", "--out", "/dev/null/page");
  expect(stderr).toMatch(/^The page was not built: .*\n$/);
  expect(status).toBe(1);
});
