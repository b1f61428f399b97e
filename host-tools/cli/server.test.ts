import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeFolder } from "../validation-server/testing/laboratory.ts";
import { serverCommand } from "./server.ts";
import { UsageError } from "./usage-error.ts";

let folder: ReturnType<typeof makeFolder>;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

const db = () => `sqlite:${join(folder.path, "s.db")}`;
const run = (...args: string[]) => serverCommand().exitOverride().parseAsync(args, { from: "user" });

describe("ochre server refuses as wrong usage", () => {
  it("a database that it does not know, a port that is none, a policy that breaks a rule", async () => {
    const policy = join(folder.path, "policy.json");
    writeFileSync(policy, '{"maxFailures":11}');
    const wrong: [string[], RegExp][] = [
      [["--db", "postgres://u:p@h/d"], /not supported yet.*sqlite:FILE/],
      [["--db", "sqlite:/nowhere/at/all/s.db"], /keys file/],
      [["--db", db(), "--port", "eighty"], /0 to 65535/],
      [["--db", db(), "--port", "65536"], /0 to 65535/],
      [["--db", db(), "--policy", policy], /maxFailures/],
      [["--db", db(), "--policy", join(folder.path, "none.json")], /policy/],
    ];
    for (const [args, message] of wrong) {
      await expect(run(...args), args.join(" ")).rejects.toBeInstanceOf(UsageError);
      await expect(run(...args), args.join(" ")).rejects.toThrow(message);
    }
  });

  it("a keys file that others can read", async () => {
    const keys = join(folder.path, "keys.json");
    writeFileSync(keys, "{}");
    chmodSync(keys, 0o644);
    await expect(run("--db", db(), "--keys", keys)).rejects.toThrow(/mode 0600/);
  });

  it("a port that is in use", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const port = String((other.address() as AddressInfo).port);
    await expect(run("--db", db(), "--port", port)).rejects.toThrow(/in use/);
    other.close();
  });
});

describe("ochre server", () => {
  let child: ChildProcess | undefined;
  afterEach(() => void child?.kill("SIGKILL"));

  /** The command in a process of its own, in the folder. */
  function start(...args: string[]) {
    const program = `
      import { serverCommand } from ${JSON.stringify(new URL("./server.ts", import.meta.url).href)};
      await serverCommand().parseAsync(process.argv.slice(1), { from: "user" });`;
    child = spawn(process.execPath, ["--input-type=module", "--eval", program, "--", ...args], { cwd: folder.path });
    child.stdout!.setEncoding("utf8");
    child.stderr!.setEncoding("utf8");
    return child;
  }

  it("starts from nothing, says where it is in one JSON object, and stops in order at SIGTERM", async () => {
    const server = start("--port", "0", "--json");
    let errors = "";
    server.stderr!.on("data", (text) => (errors += text));
    const [line] = await once(server.stdout!, "data");
    const { url, keys, created, pid } = JSON.parse(line);
    expect(pid).toBe(server.pid);
    expect(keys).toBe(join(realpathSync(folder.path), "ochre-server", "keys.json"));
    expect(created).toHaveLength(4);
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: "ok" });
    const key = readFileSync(join(folder.path, "ochre-server", "bank.key"), "utf8").trim();
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const body = JSON.stringify({ serial: "OC1", code: "12345678" });
    const answer = await fetch(`${url}/v1/validate`, { method: "POST", headers, body });
    expect(await answer.json()).toEqual({ result: "refused" });
    server.kill("SIGTERM");
    expect(await once(server, "exit")).toEqual([0, null]);
    // The last one out checkpoints and removes the log: nothing is left to recover.
    expect(existsSync(join(folder.path, "ochre-server", "ochre.db-wal"))).toBe(false);
    expect(errors).not.toContain(key);
    for (const each of errors.trim().split("\n")) expect(() => JSON.parse(each)).not.toThrow();
  });

  it("tells a person which keys it made, and where it listens, and no key", async () => {
    mkdirSync(join(folder.path, "state"));
    const server = start("--db", "sqlite:state/s.db", "--port", "0");
    const [text] = await once(server.stdout!, "data");
    expect(text).toMatch(/state\/keys\.json/);
    const key = readFileSync(join(folder.path, "state", "bank.key"), "utf8").trim();
    expect(text).not.toContain(key);
  });
});
