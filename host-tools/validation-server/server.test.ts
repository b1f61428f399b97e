import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningServer, type ServerOptions, startServer } from "./server.ts";
import { StartError } from "./start-error.ts";
import { issueToken } from "./testing/issued-token.ts";
import { makeFolder, makeKeys, NEW_YEAR } from "./testing/laboratory.ts";

let folder: ReturnType<typeof makeFolder>;
let issued: ReturnType<typeof makeKeys>;
let running: RunningServer[];
beforeEach(() => {
  folder = makeFolder();
  issued = makeKeys();
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((server) => server.close()));
  folder.remove();
});

const db = () => `sqlite:${join(folder.path, "s.db")}`;
async function start(options: Partial<ServerOptions> = {}) {
  const server = await startServer({ db: db(), keys: issued.keys, ...options });
  running.push(server);
  return server;
}
async function post(url: string, key: string, body: object) {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

describe("a server that can't do its work does not start", () => {
  const refusal = async (options: Partial<ServerOptions>) => {
    const error = await start(options).catch((reason) => reason);
    expect(error).toBeInstanceOf(StartError);
    return error.message as string;
  };

  it("without a database that it can open, and it never repeats a database's password", async () => {
    expect(await refusal({ db: "postgres://ochre:hunter2@db/ochre" })).toMatch(/not supported yet.*sqlite:FILE/);
    expect(await refusal({ db: "postgres://ochre:hunter2@db/ochre" })).not.toContain("hunter2");
    for (const wrong of ["", "s.db", "sqlite:", "mysql:x", "sqlite::memory:"])
      expect(await refusal({ db: wrong }), wrong).toMatch(/sqlite:FILE/);
    expect(await refusal({ db: `sqlite:${join(folder.path, "nowhere", "s.db")}` })).toMatch(/nowhere/);
    expect(await refusal({ db: `sqlite:${folder.path}` })).toMatch(/can't be opened/);
  });

  it("with a window over two minutes or a limit over ten", async () => {
    expect(await refusal({ policy: { windows: { 30: { back: 3, forward: 1 } } } })).toMatch(/150 s/);
    expect(await refusal({ policy: { maxFailures: 11 } })).toMatch(/maxFailures/);
  });

  const enrolOne = async () => {
    const server = await start();
    const token = issueToken(issued.keys.enrolmentKey, "OC1");
    expect((await post(`${server.url}/v1/tokens`, issued.provisioner, token.enrolment)).status).toBe(201);
    await server.close();
  };

  it("with another storage key than its database's, enrolled tokens or none, and tells neither key", async () => {
    const other = { ...issued.keys, storageKey: makeKeys().keys.storageKey };
    await (await start()).close();
    for (const tokens of [0, 1]) {
      if (tokens > 0) await enrolOne();
      const told = await refusal({ keys: other });
      expect(told).toMatch(/storage key in the keys file is not the one/);
      for (const { storageKey } of [other, issued.keys]) expect(told).not.toContain(storageKey);
    }
    await start();
  });

  it("with another storage key on a database from before there was a check, and does not make the wrong key its own", async () => {
    await enrolOne();
    const before = new DatabaseSync(join(folder.path, "s.db"));
    before.exec("UPDATE realms SET key_check = NULL");
    before.close();
    expect(await refusal({ keys: makeKeys().keys })).toMatch(/storage key/);
    await start();
  });

  it("with a policy that has no window for a token that is enrolled", async () => {
    await enrolOne();
    const policy = { windows: { 60: { back: 1, forward: 0 } } };
    expect(await refusal({ policy })).toMatch(/TOTP-SHA256-8-30|QN10-T30S/);
    expect(await refusal({ policy })).toMatch(/no window for a period of 30 s/);
    await start({ policy, realm: "another" });
  });

  it("on a port that is taken", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    expect(await refusal({ port })).toBe(`127.0.0.1 port ${port} is in use`);
    other.close();
  });
});

describe("a running server", () => {
  it("shares its database with another process's, which takes over what it knew", async () => {
    const clock = { now: () => NEW_YEAR / 1000 };
    const [first, second] = [await start({ clock }), await start({ clock })];
    const token = issueToken(issued.keys.enrolmentKey, "OC1");
    expect((await post(`${first.url}/v1/tokens`, issued.provisioner, token.enrolment)).status).toBe(201);
    const code = token.timeCode(Math.floor(NEW_YEAR / 30_000));
    const login = (url: string) => post(`${url}/v1/validate`, issued.bank, { serial: "OC1", code });
    expect((await login(second.url)).body).toEqual({ result: "accepted" });
    expect((await login(first.url)).body).toEqual({ result: "refused" });
    await Promise.all([first.close(), second.close()]);
    expect((await login((await start({ clock })).url)).body).toEqual({ result: "refused" });
  });

  it("keeps the tokens of two realms apart in one database", async () => {
    const [first, second] = [await start({ realm: "north" }), await start({ realm: "south" })];
    const token = issueToken(issued.keys.enrolmentKey, "OC1");
    await post(`${first.url}/v1/tokens`, issued.provisioner, token.enrolment);
    const headers = { authorization: `Bearer ${issued.bank}` };
    expect((await fetch(`${first.url}/v1/tokens/OC1`, { headers })).status).toBe(200);
    expect((await fetch(`${second.url}/v1/tokens/OC1`, { headers })).status).toBe(404);
  });

  it("answers what is on its way before it closes", async () => {
    const server = await start();
    const logins = Array.from({ length: 20 }, () =>
      post(`${server.url}/v1/validate`, issued.bank, { serial: "OC1", code: "12345678" }),
    );
    await Promise.race(logins);
    await server.close();
    const outcomes = await Promise.allSettled(logins);
    const answered = outcomes.filter((outcome) => outcome.status === "fulfilled");
    expect(answered.length).toBeGreaterThan(0);
    for (const { value } of answered) expect(value).toEqual({ status: 200, body: { result: "refused" } });
  });
});
