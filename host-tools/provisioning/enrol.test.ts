import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { EnrolError, enrol, serverAddress } from "./enrol.ts";
import type { Enrolment } from "./enrolment.ts";

const enrolment: Enrolment = {
  serial: "OC00000042",
  board: "pico-keypad",
  model: 1,
  assurance: "O",
  firmware: "0.1.0",
  keyVersion: 0x30,
  credentials: [{ slot: 0, kind: "time-code", suite: "TOTP-SHA256-8-30", label: "Time code", sealedSeed: "AAAA" }],
};
const KEY = "ochre_provisioner_secret";

let server: Server | undefined;
afterEach(() => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())));

interface Asked {
  method?: string;
  path?: string;
  authorization?: string;
  body: unknown;
}

async function answering(answer: (response: ServerResponse, request: IncomingMessage) => void) {
  const asked: Asked[] = [];
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (piece) => {
      text += piece;
    });
    request.on("end", () => {
      asked.push({
        method: request.method,
        path: request.url,
        authorization: request.headers.authorization,
        body: JSON.parse(text),
      });
      answer(response, request);
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

describe("an enrolment", () => {
  it("is posted to /v1/tokens with the provisioner's key", async () => {
    const { url, asked } = await answering((response) => response.writeHead(201).end("{}"));
    await enrol(url, KEY, enrolment);
    await enrol(`${url}/bank/`, KEY, enrolment, { replace: true });
    expect(asked).toEqual([
      { method: "POST", path: "/v1/tokens", authorization: `Bearer ${KEY}`, body: enrolment },
      {
        method: "POST",
        path: "/bank/v1/tokens",
        authorization: `Bearer ${KEY}`,
        body: { ...enrolment, replace: true },
      },
    ]);
  });

  it("that the server refuses is reported with what the server says, and without the key", async () => {
    const { url } = await answering((response) =>
      response
        .writeHead(409, { "content-type": "application/problem+json" })
        .end(JSON.stringify({ title: "Enrolled already", detail: "Say replace." })),
    );
    const error = await enrol(url, KEY, enrolment).catch((e) => e);
    expect(error).toBeInstanceOf(EnrolError);
    expect(error).toMatchObject({ status: 409, message: expect.stringContaining("Enrolled already: Say replace.") });
    expect(String(error.stack)).not.toContain(KEY);
  });

  it("that a hostile server refuses brings none of its control characters to the terminal, and no more than a line", async () => {
    const told = "\u001b[2J\u001b[1;1HToken enrolled.\r\n\u009b31m\u202edne\u2028\u0007";
    const { url } = await answering((response) =>
      response
        .writeHead(422, { "content-type": "application/problem+json" })
        .end(JSON.stringify({ title: told, detail: "Bưởi x".repeat(1000) })),
    );
    const { message } = await enrol(url, KEY, enrolment).catch((e) => e);
    expect(message).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    expect(message).toContain("Token enrolled.");
    expect(message).toContain("Bưởi");
    expect(message.length).toBeLessThan(300);
  });

  it("that a server refuses without end is given up", async () => {
    let ended = false;
    const { url } = await answering((response) => {
      response.writeHead(500);
      const more = () => void (ended || (response.write("x".repeat(4096)) ? setImmediate(more) : 0));
      response.on("drain", more).on("close", () => {
        ended = true;
      });
      more();
    });
    await expect(enrol(url, KEY, enrolment)).rejects.toMatchObject({ status: 500 });
    await expect.poll(() => ended).toBe(true);
  });

  it("is not accepted by a server that answers anything but 201", async () => {
    const { url } = await answering((response) => response.writeHead(200).end("<html>"));
    await expect(enrol(url, KEY, enrolment)).rejects.toMatchObject({ status: 200 });
  });

  it("never follows a redirection: the key is for one server", async () => {
    const { url, asked } = await answering((response) => response.writeHead(307, { location: "/elsewhere" }).end());
    await expect(enrol(url, KEY, enrolment)).rejects.toMatchObject({ status: 0 });
    expect(asked.length).toBe(1);
  });

  it("to a server that is down is reported with the reason", async () => {
    const { url } = await answering(() => {});
    await new Promise<void>((resolve) => server!.close(() => resolve()));
    server = undefined;
    await expect(enrol(url, KEY, enrolment)).rejects.toThrow(/can't be reached \(ECONNREFUSED\)/);
  });
});

describe("a server's address", () => {
  it("is https, or http on this machine", () => {
    for (const good of ["https://bank.example", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:1"])
      expect(serverAddress(good).pathname).toBe("/v1/tokens");
    for (const bad of ["http://bank.example", "ftp://localhost", "bank", "", "http://127.0.0.1.bank.example"])
      expect(() => serverAddress(bad), bad).toThrow(EnrolError);
  });
});
