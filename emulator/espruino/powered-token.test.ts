import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PoweredToken } from "./powered-token.ts";

/** Says what the prelude says, but of the lines that are typed to it the first one gets lost. */
const FORGETFUL = `#!${process.execPath}
console.log("##BEGUN \\n##READY ");
let lines = 0;
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const [, id] = /\\((\\d+)/.exec(line);
  if (++lines === 1) console.log("##LOST ");
  else console.log("##TAKEN " + id + "\\n##DONE " + id);
});
setInterval(() => console.log("##ALIVE "), 20);
`;
const SPAN_MS = 10_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ochre-forgetful-"));
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

test("a command that gets lost on its way to an interpreter that lives is refused after a minute, and no other is", async () => {
  const program = join(folder, "interpreter.cjs");
  writeFileSync(program, FORGETFUL);
  chmodSync(program, 0o700);
  const heard = new Set<string>();
  let over = () => {};
  const ended = new Promise<void>((resolve) => {
    over = resolve;
  });
  const token = await PoweredToken.start(program, folder, () => "", {
    said: (what) => void heard.add(what),
    sent: () => {},
    failed: (message) => expect.unreachable(message),
    over,
  });
  await token.booted;
  const lost = token.command("key", 3, true).catch((error) => error);
  await vi.waitFor(() => expect(heard).toContain("LOST"));
  expect(await token.command("key", 4, true)).toBe(true);
  for (let spans = 0; spans < 7; spans++) {
    heard.clear();
    vi.advanceTimersByTime(SPAN_MS);
    await vi.waitFor(() => expect(heard).toContain("ALIVE"));
  }
  expect(await lost).toMatchObject({ fault: "failed", message: /did not take a command in 60 s.*power away/ });
  expect(await token.command("key", 4, false)).toBe(true);
  await token.end();
  await ended;
});
