import { createHash } from "node:crypto";
import { connect } from "node:net";
import fc from "fast-check";
import pino from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runs } from "../../../test/fuzz/runs.ts";
import { StoreBusyError } from "../store/store.ts";
import { type IssuedToken, issueToken } from "../testing/issued-token.ts";
import { type Laboratory, makeKeys, openLaboratory } from "../testing/laboratory.ts";
import { createVault } from "../vault.ts";
import { type App, createApp } from "./app.ts";

let lab: Laboratory;
let app: App;
let log: string;
let issued: ReturnType<typeof makeKeys>;

beforeEach(async () => {
  lab = await openLaboratory();
  issued = makeKeys();
  lab.keys = issued.keys;
  lab.judging.vault = createVault(Buffer.from(issued.keys.storageKey, "hex"));
  log = "";
  app = await createApp(lab.judging, issued.keys, pino({}, { write: (line: string) => void (log += line) }));
});
afterEach(async () => {
  await app.close();
  await lab.close();
});

type Role = "provisioner" | "bank";
const call = (role: Role, method: "GET" | "POST" | "PUT" | "DELETE", url: string, payload?: object) =>
  app.inject({ method, url, headers: { authorization: `Bearer ${issued[role]}` }, ...(payload && { payload }) });
const raw = (payload: string, headers: Record<string, string> = {}) =>
  app.inject({
    method: "POST",
    url: "/v1/validate",
    headers: { authorization: `Bearer ${issued.bank}`, "content-type": "application/json", ...headers },
    payload,
  });

function expectProblem(response: { statusCode: number; headers: object; body: string }, status: number, type: string) {
  expect(response.statusCode).toBe(status);
  expect((response.headers as Record<string, string>)["content-type"]).toMatch(/^application\/problem\+json/);
  const problem = JSON.parse(response.body);
  expect(problem).toMatchObject({ type: `urn:ochre:problem:${type}`, status, title: expect.any(String) });
  expect(
    Object.keys(problem).every((key) => ["type", "title", "status", "detail", "instance", "errors"].includes(key)),
  );
  expect(response.body).not.toMatch(/\bat .*\.(ts|js):\d/);
  return problem;
}

async function enrolled(serial = "OC1"): Promise<IssuedToken> {
  const token = issueToken(issued.keys.enrolmentKey, serial);
  expect((await call("provisioner", "POST", "/v1/tokens", token.enrolment)).statusCode).toBe(201);
  return token;
}

describe("a token's way through the bank", () => {
  it("goes from enrolment over assignment to an accepted code and a confirmed payment", async () => {
    const token = await enrolled();
    const assigned = await call("provisioner", "PUT", "/v1/tokens/OC1/assignment", { customer: "Nguyễn Văn An" });
    expect(assigned.json()).toMatchObject({ serial: "OC1", customer: "Nguyễn Văn An", state: "active", generation: 1 });

    const code = token.timeCode(lab.step);
    const login = () => call("bank", "POST", "/v1/validate", { customer: "Nguyễn Văn An", code });
    expect((await login()).json()).toEqual({ result: "accepted" });
    expect((await login()).json()).toEqual({ result: "refused" });

    const opened = await call("bank", "POST", "/v1/transactions", {
      customer: "Nguyễn Văn An",
      payeeAccount: "0071001234567",
      payeeName: "Trần Thị Bưởi",
      amount: "2500000",
      currency: "VND",
    });
    expect(opened.statusCode).toBe(201);
    const { id, challenge, challengeText, expiresAt } = opened.json();
    expect(challengeText).toBe(`4567 ${challenge.slice(4, 9)} ${challenge.slice(9)}`);
    expect(Date.parse(expiresAt) - lab.now).toBe(120_000);
    const look = () => call("bank", "GET", `/v1/transactions/${id}`);
    expect((await look()).json()).toMatchObject({ state: "open", amount: "2500000", payeeName: "Trần Thị Bưởi" });
    const answer = { code: token.answer(challenge, lab.step) };
    const confirmed = await call("bank", "POST", `/v1/transactions/${id}/confirm`, answer);
    expect(confirmed.json()).toEqual({ result: "accepted" });
    expect((await look()).json()).toMatchObject({ state: "accepted", decidedAt: new Date(lab.now).toISOString() });
  });

  it("is refused without a word why, and the staff sees the lock and opens it", async () => {
    const token = await enrolled();
    const lastTried = async () => {
      const { credentials } = (await call("bank", "GET", "/v1/tokens/OC1")).json();
      return credentials.map(({ lastTriedAt }: { lastTriedAt: string | null }) => lastTriedAt);
    };
    expect(await lastTried()).toEqual([null, null]);
    lab.now += 1000;
    const guess = () => call("bank", "POST", "/v1/validate", { serial: "OC1", code: "0000000" });
    for (let i = 0; i < 12; i++) expect((await guess()).body).toBe('{"result":"refused"}');
    const unknown = await call("bank", "POST", "/v1/validate", { serial: "OC9", code: "00000000" });
    expect(unknown.body).toBe('{"result":"refused"}');
    const view = (await call("bank", "GET", "/v1/tokens/OC1")).json();
    expect(view).toMatchObject({ state: "locked", credentials: [{ state: "locked", failures: 10 }, { failures: 0 }] });
    expect(await lastTried()).toEqual([new Date(lab.now).toISOString(), null]);
    expect((await call("provisioner", "POST", "/v1/tokens/OC1/unlock")).json()).toMatchObject({ state: "active" });
    const code = token.timeCode(lab.step);
    expect((await call("bank", "POST", "/v1/validate", { serial: "OC1", code })).json()).toEqual({
      result: "accepted",
    });
  });

  it("ends with its assignment, and its drift is forgotten when its clock is set", async () => {
    const token = await enrolled();
    await call("provisioner", "PUT", "/v1/tokens/OC1/assignment", { customer: "An" });
    await call("bank", "POST", "/v1/validate", { customer: "An", code: token.timeCode(lab.step + 1) });
    expect((await call("provisioner", "GET", "/v1/tokens/OC1")).json().credentials[0].driftSteps).toBe(1);
    const forgotten = await call("provisioner", "DELETE", "/v1/tokens/OC1/drift");
    expect(forgotten.json().credentials[0].driftSteps).toBe(0);
    expect((await call("provisioner", "DELETE", "/v1/tokens/OC1/assignment")).json().customer).toBeNull();
    lab.now += 60_000;
    const code = token.timeCode(lab.step);
    expect((await call("bank", "POST", "/v1/validate", { customer: "An", code })).json()).toEqual({
      result: "refused",
    });
  });

  it("starts anew only on demand, by the query or by the body", async () => {
    await enrolled();
    const again = issueToken(issued.keys.enrolmentKey, "OC1").enrolment;
    expectProblem(await call("provisioner", "POST", "/v1/tokens", again), 409, "token-exists");
    expect((await call("provisioner", "POST", "/v1/tokens?replace", again)).json()).toMatchObject({ generation: 2 });
    const replace = await call("provisioner", "POST", "/v1/tokens", { ...again, replace: true });
    expect(replace.json()).toMatchObject({ generation: 3 });
  });

  it("never leads two tokens to one customer", async () => {
    await enrolled("OC1");
    await enrolled("OC2");
    await call("provisioner", "PUT", "/v1/tokens/OC1/assignment", { customer: "An" });
    const second = await call("provisioner", "PUT", "/v1/tokens/OC2/assignment", { customer: "An" });
    expectProblem(second, 409, "customer-has-token");
  });
});

describe("an API key", () => {
  const routes = [
    ["POST", "/v1/tokens", "provisioner"],
    ["GET", "/v1/tokens/OC1", "both"],
    ["PUT", "/v1/tokens/OC1/assignment", "provisioner"],
    ["DELETE", "/v1/tokens/OC1/assignment", "provisioner"],
    ["POST", "/v1/tokens/OC1/unlock", "provisioner"],
    ["DELETE", "/v1/tokens/OC1/drift", "provisioner"],
    ["POST", "/v1/validate", "bank"],
    ["POST", "/v1/transactions", "bank"],
    ["GET", "/v1/transactions/00000000-0000-0000-0000-000000000000", "bank"],
    ["POST", "/v1/transactions/00000000-0000-0000-0000-000000000000/confirm", "bank"],
  ] as const;

  it("is asked for on every route of the API, before the body is looked at", async () => {
    for (const [method, url] of routes)
      for (const authorization of [
        undefined,
        "",
        "Basic YTpi",
        "Bearer",
        "Bearer wrong",
        `Bearer  ${"x".repeat(300)}`,
      ]) {
        const headers = { "content-type": "application/json", ...(authorization && { authorization }) };
        const response = await app.inject({ method, url, headers, payload: "{not json" });
        expectProblem(response, 401, "unauthorized");
        expect(response.headers["www-authenticate"]).toMatch(/^Bearer/);
      }
  });

  it("opens what its role may do and nothing else", async () => {
    for (const [method, url, who] of routes)
      for (const role of ["provisioner", "bank"] as const) {
        const response = await call(role, method, url, method === "GET" || method === "DELETE" ? undefined : {});
        if (who === "both" || who === role) expect([400, 404]).toContain(response.statusCode);
        else expectProblem(response, 403, "forbidden");
      }
  });

  it("is known by its hash: the hash itself opens nothing", async () => {
    const hash = createHash("sha256").update(issued.bank).digest("hex");
    const headers = { authorization: `Bearer ${hash}` };
    expectProblem(await app.inject({ url: "/v1/tokens/OC1", headers }), 401, "unauthorized");
  });
});

describe("a request that can't be carried out", () => {
  it("is answered with a problem that says where it is wrong", async () => {
    const cases: [object, string][] = [
      [{ serial: "OC1" }, "#"],
      [{ code: "12345678" }, "#"],
      [{ serial: "OC1", customer: "An", code: "12345678" }, "#"],
      [{ serial: "OC1", code: 12345678 }, "#/code"],
      [{ serial: "OC1", code: "1234567x" }, "#/code"],
      [{ serial: "OC1", code: "12345" }, "#/code"],
      [{ serial: "OC1", code: "12345678901" }, "#/code"],
      [{ serial: "OC1", code: "12345678", pin: "123456" }, "#"],
      [{ serial: "OC 1", code: "12345678" }, "#/serial"],
      [{ customer: "An\n", code: "12345678" }, "#/customer"],
      [{ customer: "", code: "12345678" }, "#/customer"],
    ];
    for (const [body, pointer] of cases) {
      const problem = expectProblem(await call("bank", "POST", "/v1/validate", body), 400, "invalid-request");
      expect(problem.errors[0].pointer, JSON.stringify(body)).toBe(pointer);
    }
  });

  it("is a payment to an account of fewer than four digits, or of anything but digits, or of no amount", async () => {
    const order = { serial: "OC1", payeeAccount: "0071001234567", amount: "100", currency: "VND" };
    const wrong: [Partial<typeof order>, string][] = [
      [{ payeeAccount: "123" }, "#/payeeAccount"],
      [{ payeeAccount: "12a4" }, "#/payeeAccount"],
      [{ payeeAccount: "1234 " }, "#/payeeAccount"],
      [{ payeeAccount: "١٢٣٤" }, "#/payeeAccount"],
      [{ amount: "0" }, "#/amount"],
      [{ amount: "012" }, "#/amount"],
      [{ amount: "1.50" }, "#/amount"],
      [{ amount: "-5" }, "#/amount"],
      [{ currency: "vnd" }, "#/currency"],
    ];
    for (const [change, pointer] of wrong) {
      const response = await call("bank", "POST", "/v1/transactions", { ...order, ...change });
      expect(expectProblem(response, 400, "invalid-request").errors[0].pointer).toBe(pointer);
    }
    expectProblem(await call("bank", "POST", "/v1/transactions", order), 404, "not-found");
  });

  it("is no JSON, no object, too large, or of another type", async () => {
    for (const body of ['{"serial":"OC1","code":"12345678"', " ", "{'a':1}", "NaN"])
      expectProblem(await raw(body), 400, "malformed-json");
    expectProblem(await raw('{"__proto__":{"code":"12345678"}}'), 400, "malformed-json");
    for (const body of ["", "null", "[]", "1", '"12345678"']) expectProblem(await raw(body), 400, "invalid-request");
    expectProblem(await raw(`{"serial":"${"x".repeat(20_000)}"}`), 413, "too-large");
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/xml", "nonsense"])
      expectProblem(await raw("code=12345678", { "content-type": type }), 415, "unsupported-media-type");
  });

  it("is for a path that is not there, or a method that the path does not have", async () => {
    for (const url of ["/", "/v1", "/v2/validate", "/v1/validate/12345678", "/V1/validate", "/docs"])
      expectProblem(await app.inject({ url, method: "POST" }), 404, "not-found");
    const get = await app.inject({ url: "/v1/validate" });
    expectProblem(get, 405, "method-not-allowed");
    expect(get.headers.allow).toBe("POST");
    const patch = await app.inject({ url: "/v1/tokens/OC1", method: "PATCH" });
    expectProblem(patch, 405, "method-not-allowed");
    expect(patch.headers.allow).toBe("GET, HEAD");
    expectProblem(await app.inject({ url: "/v1/tokens/%zz" }), 400, "invalid-request");
    expectProblem(await call("bank", "GET", `/v1/tokens/${"x".repeat(100)}`), 404, "not-found");
    expectProblem(await call("bank", "GET", "/v1/tokens/OC1?verbose=1"), 400, "invalid-request");
  });

  it("is for a token or a transaction that is not there", async () => {
    const id = "00000000-0000-0000-0000-000000000000";
    const responses = [
      call("provisioner", "GET", "/v1/tokens/OC1"),
      call("provisioner", "POST", "/v1/tokens/OC1/unlock"),
      call("provisioner", "PUT", "/v1/tokens/OC1/assignment", { customer: "An" }),
      call("bank", "GET", `/v1/transactions/${id}`),
      call("bank", "POST", `/v1/transactions/${id}/confirm`, { code: "12345678" }),
    ];
    for (const response of await Promise.all(responses)) expectProblem(response, 404, "not-found");
  });

  it("is an enrolment whose seed does not open, and the place is named", async () => {
    const { enrolment } = issueToken("00".repeat(32), "OC1");
    const problem = expectProblem(await call("provisioner", "POST", "/v1/tokens", enrolment), 422, "unusable");
    expect(problem.errors[0].pointer).toBe("#/credentials/0/sealedSeed");
  });

  it("is told to come again when the database is busy, and is not judged by a clock that went back", async () => {
    await enrolled();
    const busy = vi.spyOn(lab.judging.store, "count").mockRejectedValueOnce(new StoreBusyError("busy"));
    const code = { serial: "OC1", code: "12345678" };
    const response = await call("bank", "POST", "/v1/validate", code);
    expectProblem(response, 503, "busy");
    expect(response.headers["retry-after"]).toBe("1");
    busy.mockRestore();
    lab.now -= 3_600_000;
    expectProblem(await call("bank", "POST", "/v1/validate", code), 503, "clock-untrusted");
  });

  it("that makes the server fail learns nothing of the failure; the log does", async () => {
    vi.spyOn(lab.judging.store, "credential").mockRejectedValueOnce(new Error("the disk is on fire"));
    const response = await call("bank", "POST", "/v1/validate", { serial: "OC1", code: "12345678" });
    const { instance } = expectProblem(response, 500, "internal");
    expect(response.body).not.toContain("fire");
    expect(log).toContain("the disk is on fire");
    expect(log).toContain(instance.replace("urn:uuid:", ""));
  });

  it("is answered with a problem whatever is sent", async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (body) => {
        const { type } = JSON.parse((await raw(body)).body);
        expect(["urn:ochre:problem:invalid-request", "urn:ochre:problem:malformed-json"]).toContain(type);
      }),
      { numRuns: runs(100) },
    );
  });

  it("is answered with a problem even where it is no HTTP", async () => {
    await app.listen({ port: 0, host: "127.0.0.1" });
    const { port } = app.server.address() as { port: number };
    const answer = await new Promise<string>((resolve) => {
      let text = "";
      const socket = connect(port, "127.0.0.1", () => socket.write("OPEN SESAME\r\n\r\n"));
      socket.on("data", (data) => (text += data)).on("close", () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"urn:ochre:problem:invalid-request"');
  });
});

describe("the log", () => {
  it("names who did what to which token, and holds no code, key, seed or mistyped name", async () => {
    const token = await enrolled();
    await call("provisioner", "PUT", "/v1/tokens/OC1/assignment", { customer: "An" });
    const right = token.timeCode(lab.step);
    const opened = await call("bank", "POST", "/v1/transactions", {
      customer: "An",
      payeeAccount: "0071001234567",
      amount: "987654321",
      currency: "VND",
    });
    const { id, challenge } = opened.json();
    const answer = token.answer(challenge, lab.step);
    await call("bank", "POST", "/v1/validate", { customer: "An", code: right });
    await call("bank", "POST", "/v1/validate", { customer: "An", code: "13572468" });
    await call("bank", "POST", "/v1/validate", { customer: "my password", code: "24681357" });
    await call("bank", "POST", "/v1/validate", { serial: "OC1", code: "11112222333344" });
    await call("bank", "GET", "/v1/tokens/OC1?code=55556666");
    await raw(`{"serial":"OC1","code":"77778888`);
    await call("bank", "POST", `/v1/transactions/${id}/confirm`, { code: answer });
    await app.inject({ url: `/v1/validate/${issued.bank}`, headers: { authorization: `Bearer ${issued.bank}x` } });

    const lines = log
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const events = lines
      .filter((line) => line.event)
      .map(({ event, actor, serial, result, reason }) =>
        [event, actor, serial, result, reason].filter(Boolean).join(" "),
      );
    expect(events).toEqual([
      "enrol desk OC1",
      "assign desk OC1",
      "transaction login OC1",
      "validate login OC1 accepted right",
      "validate login OC1 refused wrong",
      "validate login refused unknown",
      "confirm login OC1 accepted right",
    ]);
    const secrets = [
      ...[right, answer, challenge, "13572468", "24681357", "11112222333344", "55556666", "77778888", "my password"],
      ...[issued.bank, issued.provisioner, issued.keys.storageKey, issued.keys.enrolmentKey],
      ...token.seeds.flatMap((seed) => [Buffer.from(seed).toString("hex"), Buffer.from(seed).toString("base64")]),
      ...token.enrolment.credentials.map((credential) => credential.sealedSeed),
      ...issued.keys.apiKeys.map((entry) => entry.sha256),
    ];
    for (const secret of secrets) expect(log).not.toContain(secret);
  });
});

describe("what is answered", () => {
  it("never holds a seed, sealed or not", async () => {
    const token = await enrolled();
    const { body } = await call("provisioner", "GET", "/v1/tokens/OC1");
    expect(body).not.toMatch(/seed/i);
    for (const { sealedSeed } of token.enrolment.credentials) expect(body).not.toContain(sealedSeed);
  });

  it("says that the process runs and whether the database answers", async () => {
    expect((await app.inject("/healthz")).json()).toEqual({ status: "ok" });
    expect((await app.inject("/readyz")).json()).toEqual({ status: "ok" });
    vi.spyOn(lab.judging.store, "ready").mockRejectedValueOnce(new Error("gone"));
    expectProblem(await app.inject("/readyz"), 503, "busy");
    expect((await app.inject("/healthz")).statusCode).toBe(200);
  });
});

interface Operation {
  summary: string;
  responses: Record<string, { content: object }>;
}

describe("/openapi.json", () => {
  it("describes each operation, the key it asks for and the problems it may answer with", async () => {
    const api = (await app.inject("/openapi.json")).json();
    expect(api.openapi).toBe("3.1.0");
    expect(api.components.securitySchemes.apiKey).toMatchObject({ type: "http", scheme: "bearer" });
    expect(api.security).toEqual([{ apiKey: [] }]);
    expect(Object.keys(api.paths).sort()).toEqual([
      "/healthz",
      "/readyz",
      "/v1/tokens",
      "/v1/tokens/{serial}",
      "/v1/tokens/{serial}/assignment",
      "/v1/tokens/{serial}/drift",
      "/v1/tokens/{serial}/unlock",
      "/v1/transactions",
      "/v1/transactions/{id}",
      "/v1/transactions/{id}/confirm",
      "/v1/validate",
    ]);
    for (const [path, operations] of Object.entries<Record<string, Operation>>(api.paths))
      for (const operation of Object.values(operations)) {
        expect(operation.summary).toEqual(expect.any(String));
        if (!path.startsWith("/v1")) continue;
        for (const status of ["400", "401", "403"])
          expect(Object.keys(operation.responses[status].content)).toEqual(["application/problem+json"]);
      }
  });
});
