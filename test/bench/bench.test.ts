import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

function bench(...args: string[]) {
  const program = join(import.meta.dirname, "run.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

test("npm run bench says which benches and options there are", () => {
  const { status, stdout, stderr } = bench("--help");
  for (const word of ["emulator", "engine", "validations", "device", "--json", "--picture", "--readme"])
    expect(stdout).toContain(word);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

test.each([
  [["--sideways"], "Unknown option '--sideways'"],
  [["--picture"], "argument missing"],
  [["sideways"], "There is no bench sideways: emulator, engine, validations, device"],
])("npm run bench called wrongly, with %s, says so in a line", (args, message) => {
  const { status, stdout, stderr } = bench(...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toContain(message);
  expect(stderr).toMatch(/^[^\n]+\n$/);
});
