import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KIND_UNLOCK } from "../../protocol/apdu/credential-kind.ts";
import { type Credential, TAG_CREDENTIAL } from "../../protocol/apdu/personalisation-data.ts";
import type { Transport } from "../device/transport.ts";
import { enrolmentAad, openSeed } from "../keys/seal.ts";
import type { Enrolment } from "./enrolment.ts";
import { readPending } from "./pending-enrolments.ts";
import { PersonalisationError, personalise } from "./personalise.ts";
import { DeliveryError, provision } from "./provision.ts";
import { type Break, ENROLMENT_KEY, SERIAL, TokenBench } from "./token-bench.ts";
import { ACTIVE, FACTORY, ISSUED } from "./token-model.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ochre-provision-"));
});
afterEach(() => rm(folder, { recursive: true }));

const seeds = (enrolment: Enrolment) =>
  enrolment.credentials.map(({ slot, suite, sealedSeed }) =>
    openSeed(ENROLMENT_KEY, enrolmentAad(enrolment.serial, slot, suite), sealedSeed),
  );
const stored = (bench: TokenBench) =>
  bench.token.durable.objects
    .filter((object): object is Credential => object.tag === TAG_CREDENTIAL && object.kind !== KIND_UNLOCK)
    .map(({ key }) => key);

/** A server that keeps the last enrolment, and refuses a second one that does not say it replaces the first. */
class Server {
  enrolment: Enrolment | undefined;
  deliver = async (enrolment: Enrolment, replace: boolean) => {
    if (this.enrolment && !replace) throw new Error("409");
    this.enrolment = enrolment;
  };
}

const run = async (bench: TokenBench, server?: Server, breaks?: Break, replace = false) =>
  provision(await bench.connect(breaks), bench.keys, { folder, clock: bench.clock, replace, deliver: server?.deliver });

describe("a personalisation that is broken off", () => {
  it("at any command leaves the token as it was or complete, and the next run completes it", async () => {
    const whole = new TokenBench();
    await run(whole, new Server());
    const commands = whole.sent;
    expect(commands).toBeGreaterThan(8);
    for (let at = 1; at <= commands; at++) {
      for (const executed of [false, true]) {
        for (const powerLost of [false, true]) {
          const bench = new TokenBench();
          const server = new Server();
          const before = bench.token.durable;
          // The RESET that ends a session is the last frame: broken off there, all is done already.
          const result = run(bench, server, { at, executed });
          if (at < commands) await expect(result, `command ${at}`).rejects.toMatchObject({ fault: "vanished" });
          else await result;
          const committed = bench.token.durable.state === ISSUED;
          expect(committed).toBe(at === commands || (at === commands - 1 && executed));
          if (!committed) expect(bench.token.durable).toBe(before);
          if (committed && at < commands) {
            // Nothing is lost even if this were the last run: the sealed seeds are on the disk.
            const [name] = await readdir(folder);
            const kept = await readPending(join(folder, name));
            expect(kept.confirmed).toBe(false);
            expect(seeds(kept.enrolment)).toEqual(stored(bench));
          }
          if (powerLost) bench.token.powerCycle();
          if (at < commands) await run(bench, server);
          expect(bench.token.durable.state).toBe(ISSUED);
          expect(seeds(server.enrolment!)).toEqual(stored(bench));
          expect(await readdir(folder)).toEqual([]);
        }
      }
    }
  });

  it("at any two commands in a row is completed all the same", async () => {
    for (let first = 1; first <= 14; first += 2) {
      for (let second = 1; second <= 14; second += 3) {
        const bench = new TokenBench();
        const server = new Server();
        await run(bench, server, { at: first, executed: true }).catch(() => {});
        if (!server.enrolment) await run(bench, server, { at: second, executed: true }).catch(() => {});
        if (!server.enrolment) await run(bench, server);
        expect(seeds(server.enrolment!)).toEqual(stored(bench));
        expect(await readdir(folder)).toEqual([]);
      }
    }
  });
});

describe("an enrolment that can't be delivered", () => {
  const down = { enrolment: undefined, deliver: () => Promise.reject(new Error("The server is down.")) } as Server;

  it("is kept, for this user's eyes alone, and the error says where", async () => {
    const bench = new TokenBench();
    const error = await run(bench, down).catch((e) => e);
    expect(error).toBeInstanceOf(DeliveryError);
    expect(error.message).toContain("The server is down.");
    expect(error.message).toContain(error.file);
    expect((await stat(error.file)).mode & 0o777).toBe(0o600);
    const { enrolment, confirmed } = await readPending(error.file);
    expect(confirmed).toBe(true);
    expect(seeds(enrolment)).toEqual(stored(bench));
  });

  it("holds no seed in clear", async () => {
    const bench = new TokenBench();
    const { file } = await run(bench, down).catch((e) => e);
    const { enrolment } = await readPending(file);
    for (const key of stored(bench))
      for (const form of ["hex", "base64", "base64url"] as const)
        expect(JSON.stringify(enrolment)).not.toContain(Buffer.from(key).toString(form).slice(0, 20));
  });

  it("only has to be sent: the token is not personalised a second time unless that is said", async () => {
    const bench = new TokenBench();
    const { file } = await run(bench, down).catch((e) => e);
    const before = bench.token.durable;
    await expect(run(bench, new Server())).rejects.toThrow(file);
    expect(bench.token.durable).toBe(before);
    const server = new Server();
    await run(bench, server, undefined, true);
    expect(seeds(server.enrolment!)).toEqual(stored(bench));
    expect(await readdir(folder)).toEqual([]);
  });

  it("stays in its file where nobody is named to take it", async () => {
    const bench = new TokenBench();
    const { pendingFile, enrolment } = await run(bench);
    expect((await readPending(pendingFile!)).enrolment).toEqual(enrolment);
  });
});

/** A line that writes `value` over what the token says in clear under a tag of its information (one byte of tag, one of length). */
const lying = (line: Transport, tag: number, value: Uint8Array): Transport => ({
  reset: () => line.reset(),
  close: () => line.close(),
  exchange: async (apdu) => {
    const answer = Uint8Array.from(await line.exchange(apdu));
    if (apdu[0] === 0x80 && apdu[1] === 0xca) {
      const at = Buffer.from(answer).indexOf(Buffer.from([tag, value.length]));
      expect(at).toBeGreaterThanOrEqual(0);
      answer.set(value, at + 2);
    }
    return answer;
  },
});
const STATE = 0x85;
const SERIAL_NUMBER = 0x80;

describe("a line that lies", () => {
  /** A token that was issued, whose last answer was lost. */
  const brokenOffAtTheEnd = async (serial = SERIAL) => {
    const bench = new TokenBench(serial);
    for (let at = 1; bench.token.durable.state === FACTORY; at++)
      await run(bench, new Server(), { at, executed: true }).catch(() => {});
    expect((await readdir(folder)).some((name) => name.includes(serial))).toBe(true);
    return bench;
  };

  it("about the state replaces no active token, whatever was broken off once", async () => {
    const bench = await brokenOffAtTheEnd();
    bench.token.durable = { ...bench.token.durable, state: ACTIVE };
    const before = bench.token.durable;
    for (const state of [FACTORY, ISSUED]) {
      const line = lying(await bench.connect(), STATE, new Uint8Array([state]));
      await expect(provision(line, bench.keys, { folder, clock: bench.clock })).rejects.toThrow();
      expect(bench.token.durable).toBe(before);
    }
  });

  it("about the serial number replaces no other issued token, and no enrolment that waits is lost by it", async () => {
    await brokenOffAtTheEnd("OC00000001");
    const kept = await readdir(folder);
    const other = new TokenBench("OC00000002");
    await personalise(await other.connect(), other.keys, { clock: other.clock });
    const before = other.token.durable;
    const inner = await other.connect();
    let asked = 0;
    // The first answer alone: afterwards the token goes by its own name, whose keys it has.
    const line = lying(inner, SERIAL_NUMBER, Buffer.from("OC00000001"));
    const once = {
      ...inner,
      reset: line.reset,
      close: line.close,
      exchange: async (apdu: Uint8Array) => (asked++ === 0 ? line : inner).exchange(apdu),
    };
    await expect(provision(once, other.keys, { folder, clock: other.clock })).rejects.toThrow(PersonalisationError);
    expect(other.token.durable).toBe(before);
    expect(await readdir(folder)).toEqual(kept);
  });
});

describe("a token in a customer's hands", () => {
  it("is not touched unless that is said, whatever was broken off once", async () => {
    const bench = new TokenBench();
    for (let at = 1; bench.token.durable.state === FACTORY; at++)
      await run(bench, new Server(), { at, executed: true }).catch(() => {});
    expect((await readdir(folder)).length).toBeGreaterThan(0);
    bench.token.durable = { ...bench.token.durable, state: ACTIVE };
    const before = bench.token.durable;
    await expect(run(bench, new Server())).rejects.toThrow(PersonalisationError);
    expect(bench.token.durable).toBe(before);
    const server = new Server();
    await run(bench, server, undefined, true);
    expect(seeds(server.enrolment!)).toEqual(stored(bench));
  });

  it("of the factory state is enrolled as new, and as a replacement only when that is said", async () => {
    const bench = new TokenBench();
    expect(bench.token.durable.state).toBe(FACTORY);
    const seen: boolean[] = [];
    const deliver = async (_: Enrolment, replace: boolean) => void seen.push(replace);
    await provision(await bench.connect(), bench.keys, { folder, clock: bench.clock, deliver });
    const again = new TokenBench(SERIAL);
    await provision(await again.connect(), again.keys, { folder, clock: again.clock, deliver, replace: true });
    expect(seen).toEqual([false, true]);
  });
});
