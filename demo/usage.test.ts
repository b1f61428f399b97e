import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

function called(...args: string[]) {
  const file = fileURLToPath(new URL("start.ts", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("npm start", () => {
  const usage = "usage: npm start -- [--once] [--language en|vi]";

  test.each(["--help", "-h"])("says how it is called when asked by %s", (asked) => {
    const { status, stdout, stderr } = called(asked);
    expect(stdout).toContain(usage);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test.each([["--sideways"], ["somewhere"], ["--language"]])(
    "says so when it is called wrongly, with %s, and shows no stack",
    (argument) => {
      const { status, stdout, stderr } = called(argument);
      expect(stderr).toContain(usage);
      expect(stderr).not.toMatch(/^ +at /m);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    },
  );
});
