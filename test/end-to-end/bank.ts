/**
 * A bank in a test: a validation server with a clock that the test moves, a key service, and tokens on the virtual board, each behind a
 * real serial port or, for thousands of exchanges, on a line in memory.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Manifest } from "../../emulator/machine/manifest.ts";
import { codeOf } from "../../emulator/testing/capture.ts";
import { bootToken, type Token } from "../../emulator/testing/token.ts";
import { FrameTransport, type Line } from "../../host-tools/device/frame-transport.ts";
import { openSerialTransport } from "../../host-tools/device/serial-port.ts";
import type { Transport } from "../../host-tools/device/transport.ts";
import { createKeystore, readKeystore } from "../../host-tools/keys/keystore.ts";
import { LABORATORY_KEY_VERSION, laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { LaboratoryKeyService } from "../../host-tools/keys/laboratory-key-service.ts";
import { enrol } from "../../host-tools/provisioning/enrol.ts";
import { type HostClock, systemClock } from "../../host-tools/provisioning/host-clock.ts";
import { STANDARD_CREDENTIALS } from "../../host-tools/provisioning/personalise.ts";
import { provision } from "../../host-tools/provisioning/provision.ts";
import { openKeysFile } from "../../host-tools/validation-server/keys-file.ts";
import { startServer } from "../../host-tools/validation-server/server.ts";

export const PIN = "274913";

/** The bundle as it was built, and what it is for. */
export async function builtBundle(board = "pico-keypad"): Promise<{ bundle: string; manifest: Manifest }> {
  const built = new URL("../../build/", import.meta.url);
  return {
    bundle: await readFile(new URL(`${board}.js`, built), "latin1"),
    manifest: JSON.parse(await readFile(new URL(`${board}.json`, built), "utf8")),
  };
}

/** A token as it leaves the factory. */
export async function factoryToken(serial: string): Promise<Token> {
  const { enc, mac, dek } = laboratoryTransportKeys(serial);
  return bootToken({
    ...(await builtBundle()),
    install: { serial, keyVersion: LABORATORY_KEY_VERSION, enc, mac, dek },
  });
}

/** The token's line without a port in between. */
export function memoryTransport(token: Token, timeoutMs = 500): Transport {
  const line: Line = {
    path: "memory",
    write: async (text) => token.machine.receive(text),
    close: async () => {},
    onText: () => {},
    onEnd: () => {},
  };
  token.machine.onTransmit = (text) => line.onText(text);
  return new FrameTransport(line, { timeoutMs, retries: 0 });
}

/** The flash of a token in a customer's hand, personalised by a bank that is gone; its PIN set, or not. */
export async function issuedFlash(serial: string, { pin = true } = {}): Promise<Uint8Array> {
  const bank = await openBank();
  try {
    if (pin) return (await bank.issued(serial)).machine.flashDump();
    const token = await bank.token(serial);
    await bank.provision(memoryTransport(token));
    return token.machine.flashDump();
  } finally {
    await bank.close();
  }
}

export type Bank = Awaited<ReturnType<typeof openBank>>;

/** Opens a bank; `close` takes down what it started. */
export async function openBank() {
  const folder = await mkdtemp(join(tmpdir(), "ochre-bank-"));
  const { keys } = openKeysFile(join(folder, "server.json"));
  const apiKey = async (role: string) => (await readFile(join(folder, `${role}.key`), "utf8")).trim();
  const provisionerKey = await apiKey("provisioner");
  const bankKey = await apiKey("bank");
  await createKeystore(join(folder, "keystore.json"), Buffer.from(keys.enrolmentKey, "hex"));
  const keystore = await readKeystore(join(folder, "keystore.json"));
  if (keystore === undefined) throw new Error("no keystore");
  const keyService = new LaboratoryKeyService(keystore);
  let offsetSeconds = 0;
  const tokens: Token[] = [];
  /** The time of bank and tokens moves on together. */
  const wait = async (seconds: number) => {
    offsetSeconds += seconds;
    for (const token of tokens) token.advance({ seconds });
  };
  const clock: HostClock = {
    now: () => systemClock.now() + offsetSeconds * 1000,
    sleep: (ms) => wait(ms / 1000),
  };
  const server = await startServer({
    db: `sqlite:${join(folder, "server.db")}`,
    keys,
    clock: { now: () => clock.now() / 1000 },
    log: { write: () => undefined },
  });

  const call = async (key: string, method: string, path: string, body?: object) => {
    const response = await fetch(server.url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body ? { "content-type": "application/json" } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? {} : JSON.parse(text) };
  };

  return {
    server,
    keyService,
    clock,
    folder,
    wait,
    async token(serial: string) {
      const token = await factoryToken(serial);
      tokens.push(token);
      return token;
    },
    /** The whole procedure over a transport: personalise, deliver. @param hostClock the bank's, unless a token has another time */
    provision(transport: Transport, hostClock: HostClock = clock, credentials = STANDARD_CREDENTIALS) {
      return provision(transport, keyService, {
        credentials,
        folder: join(folder, "pending"),
        clock: hostClock,
        deliver: (enrolment, replace) => enrol(server.url, provisionerKey, enrolment, { replace }),
      });
    },
    /** A token in a customer's hand: personalised through its serial port, PIN set. */
    async issued(serial: string) {
      const token = await this.token(serial);
      const transport = await openSerialTransport(token.path);
      try {
        await this.provision(transport);
      } finally {
        await transport.close();
      }
      await setPin(token);
      return token;
    },
    validate: async (serial: string, code: string) =>
      (await call(bankKey, "POST", "/v1/validate", { serial, code })).body.result,
    transaction: async (serial: string, payeeAccount = "0071000123456") =>
      (await call(bankKey, "POST", "/v1/transactions", { serial, payeeAccount, amount: "1500000", currency: "VND" }))
        .body,
    confirm: async (id: string, code: string) =>
      (await call(bankKey, "POST", `/v1/transactions/${id}/confirm`, { code })).body.result,
    asBank: (method: string, path: string, body?: object) => call(bankKey, method, path, body),
    asProvisioner: (method: string, path: string, body?: object) => call(provisionerKey, method, path, body),
    async close() {
      for (const token of tokens) await token.close();
      keyService.close();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The customer chooses a PIN on an issued token. */
export async function setPin(token: Token, pin = PIN): Promise<void> {
  token.press("OK", ...pin, "OK", ...pin, "OK", "OK", "OFF");
}

/** The customer reads a time code. */
export async function readTimeCode(token: Token, pin = PIN): Promise<string> {
  token.press("OK", ...pin, "OK", "1");
  const code = codeOf(token);
  token.press("OFF");
  return code;
}

/** The customer types a challenge and confirms it. */
export async function answerChallenge(token: Token, challenge: string, pin = PIN): Promise<string> {
  token.press("OK", ...pin, "OK", "2", ...challenge, "OK", "OK");
  const code = codeOf(token);
  token.press("OFF");
  return code;
}
