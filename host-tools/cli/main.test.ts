import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { announce } from "../../emulator/serial/announcement.ts";
import { openPseudoTerminal } from "../../emulator/serial/pseudo-terminal.ts";
import { KIND_UNLOCK } from "../../protocol/apdu/credential-kind.ts";
import { TOKEN_STATES } from "../../protocol/apdu/get-data.ts";
import { type Credential, TAG_ACTIVATION, TAG_CREDENTIAL } from "../../protocol/apdu/personalisation-data.ts";
import { ocra } from "../../protocol/otp/ocra.ts";
import { parseSuite } from "../../protocol/otp/suite.ts";
import { toViscii } from "../../protocol/viscii.ts";
import { hashes } from "../crypto/node.ts";
import { laboratoryTransportKeys } from "../keys/laboratory.ts";
import { enrolmentAad, openSeed } from "../keys/seal.ts";
import { TokenModel } from "../provisioning/token-model.ts";
import { openKeysFile } from "../validation-server/keys-file.ts";
import { startServer } from "../validation-server/server.ts";
import { main } from "./main.ts";
import { version } from "./version.ts";

/** The host's clock goes on by what a command would wait for it. A token on a desk has the same time. */
const hostTime = vi.hoisted(() => {
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const sleep = async (ms: number) => {
    ahead += ms;
  };
  return { now, sleep };
});
vi.mock("../provisioning/host-clock.ts", async (original) => ({
  ...(await original<typeof import("../provisioning/host-clock.ts")>()),
  systemClock: hostTime,
}));

const PROGRAM = join(import.meta.dirname, "../../bin/ochre.js");
const SERIAL = "OC00000042";

let home = "";
const cleanUp: (() => unknown)[] = [];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "ochre-cli-"));
  vi.stubEnv("HOME", home);
  vi.stubEnv("XDG_RUNTIME_DIR", home);
  vi.stubEnv("XDG_CONFIG_HOME", join(home, "config"));
  vi.stubEnv("XDG_STATE_HOME", join(home, "state"));
  cleanUp.push(() => rm(home, { recursive: true }));
});
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
  vi.unstubAllEnvs();
});

interface Result {
  code: number | null;
  out: string;
  err: string;
}

/** The command as a user runs it. */
function run(...args: string[]): Promise<Result> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const result: Result = { code: null, out: "", err: "" };
  child.stdout.on("data", (bytes) => {
    result.out += bytes;
  });
  child.stderr.on("data", (bytes) => {
    result.err += bytes;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ ...result, code })));
}

/** The same without a process of its own. */
async function ochre(...args: string[]): Promise<Result> {
  const result: Result = { code: null, out: "", err: "" };
  const out = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    result.out += text;
    return true;
  });
  const err = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    result.err += text;
    return true;
  });
  try {
    result.code = await main(args);
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
  return result;
}

/** A factory token on a port of its own, announced like an emulator's. */
async function plugIn(serial = SERIAL) {
  const pty = await openPseudoTerminal();
  const token = new TokenModel(serial, laboratoryTransportKeys(serial), hostTime.now);
  pty.onData((text) => pty.write(token.responder.receive(text)));
  let plugged = true;
  const pull = () => {
    if (plugged) pty.close();
    plugged = false;
  };
  cleanUp.push(pull);
  cleanUp.push(await announce(serial, { path: pty.path, pid: process.pid, board: "pico-keypad" }));
  return { token, path: pty.path, pull };
}

async function server() {
  const file = join(home, "server", "keys.json");
  await mkdir(join(home, "server"));
  const { keys } = openKeysFile(file);
  const running = await startServer({
    db: `sqlite:${join(home, "server", "ochre.db")}`,
    keys,
    log: { write: () => {} },
  });
  cleanUp.push(() => running.close());
  const apiKeyFile = join(home, "server", "provisioner.key");
  const known = async (serial: string) => {
    const authorization = `Bearer ${(await readFile(apiKeyFile, "utf8")).trim()}`;
    return (await fetch(`${running.url}/v1/tokens/${serial}`, { headers: { authorization } })).json();
  };
  return { url: running.url, apiKeyFile, enrolmentKeyFile: join(home, "server", "enrolment.key"), known };
}

const storedSeeds = (token: TokenModel) =>
  token.durable.objects
    .filter((object): object is Credential => object.tag === TAG_CREDENTIAL && object.kind !== KIND_UNLOCK)
    .map(({ key }) => key);

describe("the ochre command", () => {
  it("says on an older Node which it needs, and how to come by it", async () => {
    const older = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })`;
    vi.stubEnv("NODE_OPTIONS", `--import=data:text/javascript,${encodeURIComponent(older)}`);
    const { code, out, err } = await run("devices");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^ochre: Node 24 or newer is needed, this is Node 20\.20\.2\..* npm i --save-dev node@24\n$/);
  });

  it("tells its version, and what there is to do", async () => {
    expect(await run("--version")).toEqual({ code: 0, out: `${version()}\n`, err: "" });
    const { code, out } = await ochre("--help");
    expect(code).toBe(0);
    for (const name of [
      "devices",
      "info",
      "provision",
      "sync-clock",
      "unlock",
      "enrol",
      "otp",
      "build",
      "flash",
      "emulator",
      "server",
    ])
      expect(out).toMatch(new RegExp(`^  ${name} `, "m"));
    expect((await ochre()).out).toBe(out);
  });

  it("answers wrong usage with 2, one line and no stack trace", async () => {
    const wrong = [
      ["nonsense"],
      ["devices", "--frob"],
      ["info", "extra"],
      ["provision"],
      ["provision", "--lab", "--pin-tries", "11"],
      ["provision", "--lab", "--sign", "dong"],
      ["provision", "--lab", "--language", "fr"],
      ["provision", "--lab", "--at-desk", "--activation-mailer", "letter.json"],
      ["provision", "--lab", "--at-desk", "--activation-days", "10"],
      ["provision", "--lab", "--server", "https://bank.example"],
      ["provision", "--lab", "--server", "http://bank.example", "--api-key-file", PROGRAM],
      ["sync-clock"],
      ["enrol"],
    ];
    for (const args of wrong) {
      const { code, out, err } = await ochre(...args);
      expect([code, out], args.join(" ")).toEqual([2, ""]);
      expect(err, args.join(" ")).toMatch(/^ochre: [^\n]+\n$/);
    }
  });

  it("answers what can't be done with 1, as JSON where that is asked for", async () => {
    const { code, out, err } = await ochre("info", "--port", "/dev/no-such-port", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({ error: expect.stringContaining("/dev/no-such-port") });
    expect(err).not.toContain("    at ");
  });

  it("shows a stack trace only when OCHRE_DEBUG is 1", async () => {
    const failing = ["info", "--port", "/dev/no-such-port"];
    const { code, err } = await run(...failing);
    expect(code).toBe(1);
    expect(err).not.toContain("    at ");
    vi.stubEnv("OCHRE_DEBUG", "1");
    expect((await run(...failing)).err).toContain("    at ");
  });
});

describe("a token on this machine", () => {
  it("is listed, and tells who it is without being named", async () => {
    const { token, path } = await plugIn();
    const devices = await ochre("devices", "--json");
    expect(devices.code).toBe(0);
    expect(JSON.parse(devices.out)).toEqual({
      devices: [{ kind: "emulated", path, serial: SERIAL, board: "pico-keypad" }],
    });
    const [heading, line] = (await ochre("devices")).out.split("\n");
    expect(heading).toMatch(/^PORT +SERIAL +BOARD +STATE OR PAGE$/);
    expect(line).toContain(`${path}  ${SERIAL}`);
    const info = await ochre("info", "--json");
    expect(JSON.parse(info.out)).toEqual({
      port: path,
      serial: SERIAL,
      board: "pico-keypad",
      model: "0001",
      firmware: "0.1.0",
      assurance: "O",
      state: "factory",
      pinTriesLeft: 5,
      keyVersion: 1,
      activationEnd: null,
    });
    expect((await run("info")).out).toMatch(/state +factory: waits to be provisioned/);
    token.durable.state = TOKEN_STATES.indexOf("locked");
    expect((await run("info")).out).toMatch(/state +locked by wrong PINs: `ochre unlock` answers/);
  });

  it("has to be named when there are two", async () => {
    const { path } = await plugIn();
    await plugIn("OC00000043");
    const { code, err } = await ochre("info");
    expect(code).toBe(1);
    expect(err).toContain("--port");
    expect(err).toContain("OC00000043");
    expect((await ochre("info", "--port", path)).code).toBe(0);
  });
});

describe("ochre provision --lab", () => {
  it("personalises the token and enrols it at the server, which then has its seeds", async () => {
    const { token } = await plugIn();
    const { url, apiKeyFile, enrolmentKeyFile, known } = await server();
    const args = ["provision", "--lab", "--server", url, "--api-key-file", apiKeyFile];
    const { code, out, err } = await ochre(...args, "--enrolment-key", enrolmentKeyFile, "--json");
    expect(err).toContain("6/6");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ serial: SERIAL, keyVersion: 48, server: url, enrolmentFile: null });
    expect(out).not.toContain("sealedSeed");
    expect(await known(SERIAL)).toMatchObject({ serial: SERIAL, generation: 1, assurance: "O", keyVersion: 48 });
    expect(token.durable.state).toBe(2);
    expect((await ochre("info")).out).toMatch(/state +issued: waits for the activation code/);
    expect(await readdir(join(home, "state", "ochre", "enrolments"))).toEqual([]);
    const again = await ochre(...args);
    expect(again.code).toBe(1);
    expect(again.err).toMatch(/personalised already/);
    expect((await ochre(...args, "--replace")).code).toBe(0);
    expect(await known(SERIAL)).toMatchObject({ generation: 2 });
  });

  it("makes a keystore that only its user can read, and goes on using it", async () => {
    await plugIn();
    expect((await ochre("provision", "--lab")).err).toContain("A new laboratory keystore was made");
    const keystore = join(home, "config", "ochre", "laboratory-keystore.json");
    expect((await stat(keystore)).mode & 0o777).toBe(0o600);
    const again = await ochre("provision", "--lab", "--replace");
    expect(again.code).toBe(0);
    expect(again.err).not.toContain("A new");
    await chmod(keystore, 0o644);
    const open = await ochre("provision", "--lab", "--replace");
    expect(open.code).toBe(1);
    expect(open.err).toContain("chmod 600");
  });

  it("writes the enrolment to a file that opens to the token's seeds, and `ochre enrol` sends it", async () => {
    const { token } = await plugIn();
    const { url, apiKeyFile, enrolmentKeyFile, known } = await server();
    const file = join(home, "token.json");
    const made = await ochre("provision", "--lab", "--enrolment", file, "--enrolment-key", enrolmentKeyFile);
    expect(made.code).toBe(0);
    expect(made.out).toContain(`ochre enrol ${file}`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { serial, credentials } = JSON.parse(await readFile(file, "utf8"));
    const key = Buffer.from((await readFile(enrolmentKeyFile, "utf8")).trim(), "hex");
    const seeds = credentials.map((credential: { slot: number; suite: string; sealedSeed: string }) =>
      openSeed(key, enrolmentAad(serial, credential.slot, credential.suite), credential.sealedSeed),
    );
    expect(seeds).toEqual(storedSeeds(token));
    const sent = await ochre("enrol", file, "--server", url, "--api-key-file", apiKeyFile, "--json");
    expect(JSON.parse(sent.out)).toEqual({ serial: SERIAL, server: url });
    expect(await known(SERIAL)).toMatchObject({ generation: 1 });
    const twice = await ochre("enrol", file, "--server", url, "--api-key-file", apiKeyFile);
    expect(twice.code).toBe(1);
    expect(twice.err).toContain("409");
  });

  it("orders any set of credentials from a file, and says what is wrong with it", async () => {
    const { token } = await plugIn();
    const { url, apiKeyFile } = await server();
    const list = join(home, "credentials.json");
    const order = (...args: string[]) => ochre("provision", "--lab", "--credentials", list, ...args);
    expect(await order()).toMatchObject({ code: 2, err: expect.stringContaining("can't be read (ENOENT)") });
    await writeFile(list, JSON.stringify([{ kind: "time-code", label: "Đăng nhập", digit: 6 }]));
    expect(await order()).toMatchObject({ code: 2, err: expect.stringContaining("/0/digit: no field of time-code") });
    await writeFile(list, JSON.stringify([{ kind: "challenge" }, { kind: "challenge" }]));
    expect(await order()).toMatchObject({ code: 2, err: expect.stringContaining("/1/label: two credentials of kind") });
    const two = ["Đăng nhập", "Công ty"].map((label) => ({ kind: "time-code", label, digits: 6, pinSeconds: 60 }));
    await writeFile(list, JSON.stringify(two));
    const refused = await order("--server", url, "--api-key-file", apiKeyFile);
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('"Công ty" is another') });
    expect(token.durable.state).toBe(1);
    expect((await order("--enrolment", join(home, "token.json"))).code).toBe(0);
    const stored = token.durable.objects.filter(
      (object) => object.tag === TAG_CREDENTIAL && object.kind !== KIND_UNLOCK,
    );
    expect(stored).toMatchObject([
      { slot: 0, label: toViscii("Đăng nhập"), suite: "TOTP-SHA256-6-30", pinSeconds: 60 },
      { slot: 1, label: toViscii("Công ty"), suite: "TOTP-SHA256-6-30", pinSeconds: 60 },
    ]);
    expect(JSON.parse(await readFile(join(home, "token.json"), "utf8")).credentials[0].label).toBe("Đăng nhập");
  });

  it("gives the token an activation code, and tells where it wrote the customer's letter but not what is in it", async () => {
    const { token } = await plugIn();
    const file = join(home, "state", "ochre", "letters", `${SERIAL}.json`);
    const made = await ochre("provision", "--lab", "--activation-days", "10");
    expect(made.code).toBe(0);
    expect(made.out).toContain(`SECRET: the activation code for its customer's letter is in ${file}.`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const letter = JSON.parse(await readFile(file, "utf8"));
    expect(letter).toMatchObject({ serial: SERIAL, confirmed: true });
    expect(letter.activationCode).toMatch(/^(\d{4} ){4}\d{4}$/);
    const stored = token.durable.objects.find((object) => object.tag === TAG_ACTIVATION);
    expect(stored?.code).toEqual(new Uint8Array(Buffer.from(letter.activationCode.replaceAll(" ", ""))));
    expect(stored?.end).toBe(Date.parse(letter.expires) / 1000);
    const info = (await ochre("info")).out;
    const end = `${letter.expires.slice(0, 16).replace("T", " ")} UTC`;
    expect(info).toContain(`issued: waits for the activation code of its customer's letter, good until ${end}`);
    expect(info).toMatch(/activation tries left +5/);
    for (const secret of [letter.activationCode, letter.activationCode.replaceAll(" ", "")])
      expect(made.out + made.err).not.toContain(secret);
  });

  it("writes the letter where it is told to, and never over that of another token; an earlier letter of this one is gone", async () => {
    const { token } = await plugIn();
    await ochre("provision", "--lab");
    const file = join(home, "letter.json");
    const made = await ochre("provision", "--lab", "--replace", "--activation-mailer", file, "--json");
    expect(JSON.parse(made.out).activationMailer).toBe(file);
    expect(await readdir(join(home, "state", "ochre", "letters"))).toEqual([]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const letter = JSON.parse(await readFile(file, "utf8"));
    await writeFile(file, JSON.stringify({ ...letter, serial: "OC-ANOTHER" }));
    const keys = storedSeeds(token);
    const again = await ochre("provision", "--lab", "--replace", "--activation-mailer", file);
    expect([again.code, JSON.parse(await readFile(file, "utf8")).serial]).toEqual([2, "OC-ANOTHER"]);
    expect(storedSeeds(token)).toEqual(keys);
  });

  it("asks for no activation code where the customer sets the PIN at the desk, and no letter stays", async () => {
    const { token } = await plugIn();
    const activation = () => token.durable.objects.some((object) => object.tag === TAG_ACTIVATION);
    await ochre("provision", "--lab");
    expect(activation()).toBe(true);
    const made = await ochre("provision", "--lab", "--replace", "--at-desk");
    expect([made.code, activation()]).toEqual([0, false]);
    expect(made.out).toContain("sets the PIN now, at the desk");
    expect((await ochre("info")).out).toMatch(
      /state +issued: waits for its customer to set a PIN\nPIN tries left +no PIN yet/,
    );
    expect(await readdir(join(home, "state", "ochre", "letters"))).toEqual([]);
    const json = await ochre("provision", "--lab", "--replace", "--at-desk", "--json");
    expect(JSON.parse(json.out).activationMailer).toBeNull();
  });

  it("tells what unlocks a token that it has personalised, from its serial number and challenge alone", async () => {
    const { token } = await plugIn();
    await ochre("provision", "--lab");
    const unlock = token.durable.objects.find(
      (object): object is Credential => object.tag === TAG_CREDENTIAL && object.kind === KIND_UNLOCK,
    );
    const right = ocra(hashes, unlock!.key, parseSuite(unlock!.suite), { question: "11701796" });
    const told = await ochre("unlock", "--lab", "--serial", SERIAL, "--challenge", "1170 1796", "--json");
    expect([told.code, JSON.parse(told.out)]).toEqual([0, { serial: SERIAL, answer: right, newPin: false }]);
    expect((await ochre("unlock", "--lab", "--serial", SERIAL, "--challenge", "11701797")).out).not.toContain(right);
    expect((await ochre("unlock", "--lab", "--serial", SERIAL, "--challenge", "1170179")).err).toContain("has seven");
    expect((await ochre("unlock", "--lab", "--serial", SERIAL, "--challenge", " ")).err).toContain("none came");
    expect((await ochre("unlock", "--lab", "--serial", "no serial", "--challenge", "11701796")).code).toBe(2);
  });

  it("answers for the board that is named, and says for which one the answer is", async () => {
    const unlock = (...more: string[]) =>
      ochre("unlock", "--lab", "--serial", SERIAL, "--challenge", "1170 1796", ...more);
    await plugIn();
    await ochre("provision", "--lab");
    const keypad = await unlock();
    const buttons = await unlock("--board", "pico-buttons");
    expect(keypad.err).toContain(`For token ${SERIAL}, pico-keypad.`);
    expect(buttons.err).toContain(`For token ${SERIAL}, pico-buttons.`);
    expect(buttons.out).not.toBe(keypad.out);
    expect((await unlock("--model", "0001")).out).toBe(keypad.out);
    expect((await unlock("--model", "0002")).out).toBe(buttons.out);
    expect((await unlock("--board", "pico-buttons", "--model", "0001")).code).toBe(2);
    expect((await unlock("--board", "pico-keys")).code).toBe(2);
  });

  it("says what to do next when the cable is pulled", async () => {
    const { token, pull } = await plugIn();
    vi.spyOn(token.responder, "receive").mockImplementation(() => {
      pull();
      return "";
    });
    const { code, err } = await ochre("provision", "--lab");
    expect(code).toBe(1);
    expect(err).toMatch(/is gone: .* Plug it in, and give the same command again: nothing is lost\./);
  });

  it("writes down who gave which token what, and an answer with a new PIN as one; without that line there is no answer", async () => {
    await plugIn();
    const file = join(home, "state", "ochre", "audit.jsonl");
    const lines = async () =>
      (await readFile(file, "utf8"))
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    await ochre("provision", "--lab");
    await ochre("provision", "--lab", "--replace", "--at-desk");
    const unlock = (...more: string[]) => ochre("unlock", "--lab", "--serial", SERIAL, ...more);
    const kept = await unlock("--challenge", "1170 1796");
    const forgotten = await unlock("--challenge", "2170 1796", "--new-pin");
    expect([kept.code, forgotten.code]).toEqual([0, 0]);
    // What is not answered is no deed.
    expect((await unlock("--challenge", "2170 1796")).code).toBe(1);
    await ochre("keys", "rotate", "--lab");
    await ochre("rekey", "--lab");
    const actor = userInfo().username;
    const deed = { time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), actor, serial: SERIAL, keyVersion: 48 };
    expect(await lines()).toEqual([
      { ...deed, event: "issuer-keys" },
      { ...deed, event: "credentials", activation: true },
      { ...deed, event: "credentials", activation: false },
      { ...deed, event: "unlock-answer", newPin: false },
      { ...deed, event: "unlock-answer", newPin: true },
      { time: deed.time, actor, event: "issuer-key", keyVersion: 49 },
      { ...deed, event: "issuer-keys", keyVersion: 49 },
      { ...deed, event: "key-rotation", keyVersion: 49 },
    ]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    for (const { out } of [kept, forgotten])
      for (const text of [out.trim(), out.trim().replace(" ", "")])
        expect(await readFile(file, "utf8")).not.toContain(text);
    await rm(file);
    await mkdir(file);
    const refused = await unlock("--challenge", "2170 1796", "--new-pin", "--key-version", "49");
    expect([refused.code, refused.out]).toEqual([1, ""]);
    expect(refused.err).toContain("can't be written (EISDIR)");
    expect((await ochre("keys", "rotate", "--lab")).code).toBe(1);
    expect((await ochre("rekey", "--lab")).out).toContain("version 49 already");
  });

  it("keeps the enrolment when the server is down, and says how to send it later", async () => {
    await plugIn();
    const { url, apiKeyFile, enrolmentKeyFile, known } = await server();
    const down = ["--server", "http://127.0.0.1:9", "--api-key-file", apiKeyFile];
    const failed = await ochre("provision", "--lab", "--enrolment-key", enrolmentKeyFile, ...down);
    expect(failed.code).toBe(1);
    const [, file] =
      /Send the enrolment with: ochre enrol (\S+) --server http:\S+ --api-key-file \S+$/m.exec(failed.err) ?? [];
    expect(failed.err).toContain(`letter is in ${join(home, "state", "ochre", "letters", `${SERIAL}.json`)}`);
    expect(failed.err).not.toContain((await readFile(apiKeyFile, "utf8")).trim());
    const again = await ochre("provision", "--lab", "--enrolment-key", enrolmentKeyFile, ...down);
    expect(again).toMatchObject({
      code: 1,
      err: expect.stringContaining(`It only has to be sent: ochre enrol ${file} --server`),
    });
    expect((await ochre("enrol", file, "--server", url, "--api-key-file", apiKeyFile)).code).toBe(0);
    expect(await known(SERIAL)).toMatchObject({ generation: 1 });
    expect(await readdir(join(home, "state", "ochre", "enrolments"))).toEqual([]);
  });

  it("refuses an API key that others may read, before it touches the token", async () => {
    const { token } = await plugIn();
    const apiKeyFile = join(home, "api.key");
    await writeFile(apiKeyFile, "secret\n", { mode: 0o644 });
    const { code, err } = await ochre(
      "provision",
      "--lab",
      "--server",
      "https://bank.example",
      "--api-key-file",
      apiKeyFile,
    );
    expect([code, token.executed]).toEqual([1, []]);
    expect(err).toContain("chmod 600");
    expect(err).not.toContain("secret");
  });
});

describe("ochre sync-clock --lab", () => {
  it("sets the clock and tells how far it was off", async () => {
    const { token } = await plugIn();
    await ochre("provision", "--lab");
    token.clockAhead = 7_400;
    const { code, out } = await ochre("sync-clock", "--lab", "--json");
    expect(code).toBe(0);
    const result = JSON.parse(out);
    expect(result.serial).toBe(SERIAL);
    expect(Math.abs(result.offsetSeconds - 7.4)).toBeLessThan(0.2);
    expect(Math.abs(token.clockAhead)).toBeLessThan(200);
    expect((await ochre("sync-clock", "--lab")).out).toMatch(/was 0\.\d\d s/);
  });

  it("needs a keystore that is there", async () => {
    await plugIn();
    const { code, err } = await ochre("sync-clock", "--lab");
    expect(code).toBe(1);
    expect(err).toContain("There is no keystore");
  });

  it("rotates the issuer's key, and gives a token the new keys: once, and says so when it has them", async () => {
    const { token } = await plugIn();
    expect((await ochre("keys", "rotate", "--lab")).err).toContain("There is no keystore");
    expect((await ochre("provision", "--lab")).code).toBe(0);
    const seeds = storedSeeds(token);
    expect((await ochre("rekey", "--lab")).out).toContain("version 48 already");
    const rotated = await ochre("keys", "rotate", "--lab", "--json");
    expect(JSON.parse(rotated.out)).toMatchObject({ version: 49, former: [48] });
    expect((await ochre("unlock", "--lab", "--serial", SERIAL, "--challenge", "1170 1796")).err).toContain(
      "which version",
    );
    const answer = (version: string) =>
      ochre("unlock", "--lab", "--serial", SERIAL, "--challenge", "1170 1796", "--key-version", version);
    expect((await answer("49")).out).toMatch(/^\d{4} \d{4}\n$/);
    expect((await answer("x")).code).toBe(2);
    expect(JSON.parse((await ochre("rekey", "--lab", "--json")).out)).toEqual({ serial: SERIAL, from: 48, to: 49 });
    expect(token.durable.keys.keyVersion).toBe(49);
    expect(storedSeeds(token)).toEqual(seeds);
    expect((await ochre("rekey", "--lab")).out).toContain("version 49 already");
    expect((await ochre("keys", "rotate")).code).toBe(2);
    const missing = await ochre("keys");
    expect(missing).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringMatching(/^ochre: a command is missing: rotate/),
    });
    expect((await ochre("keys", "turn")).err).toMatch(/^ochre: unknown command: rotate is expected/);
  });
});
