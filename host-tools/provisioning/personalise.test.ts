import { describe, expect, it } from "vitest";
import { KIND_UNLOCK } from "../../protocol/apdu/credential-kind.ts";
import { type Credential, TAG_CREDENTIAL, TAG_POLICY } from "../../protocol/apdu/personalisation-data.ts";
import type { Transport } from "../device/transport.ts";
import { LaboratoryKeyService } from "../keys/laboratory-key-service.ts";
import { enrolmentAad, openSeed } from "../keys/seal.ts";
import type { Enrolment } from "./enrolment.ts";
import { PersonalisationError, personalise } from "./personalise.ts";
import { ENROLMENT_KEY, laboratory, SERIAL, TokenBench } from "./token-bench.ts";
import { FACTORY, ISSUED } from "./token-model.ts";

/** The seeds of an enrolment, as the server opens them. */
const seeds = (enrolment: Enrolment) =>
  enrolment.credentials.map(({ slot, suite, sealedSeed }) =>
    openSeed(ENROLMENT_KEY, enrolmentAad(enrolment.serial, slot, suite), sealedSeed),
  );
const stored = (bench: TokenBench) =>
  bench.token.durable.objects.filter(
    (object): object is Credential => object.tag === TAG_CREDENTIAL && object.kind !== KIND_UNLOCK,
  );

describe("a personalised token", () => {
  it("has the seeds that the server learns, the suites, its own words for them and the policy, and is the issuer's", async () => {
    const bench = new TokenBench();
    const enrolment = await personalise(await bench.connect(), bench.keys, {
      clock: bench.clock,
      policy: { pinTryLimit: 3 },
    });
    expect(enrolment).toMatchObject({
      serial: SERIAL,
      board: "pico-keypad",
      model: 1,
      assurance: "O",
      firmware: "0.1.0",
      keyVersion: 0x30,
      credentials: [
        { slot: 0, kind: "time-code", suite: "TOTP-SHA256-8-30", label: "Time code" },
        { slot: 1, kind: "challenge", suite: "OCRA-1:HOTP-SHA256-8:QN10-T30S", label: "Sign a payment" },
      ],
    });
    expect(stored(bench).map(({ key }) => key)).toEqual(seeds(enrolment));
    expect(stored(bench).map(({ slot, kind, suite, label }) => ({ slot, kind, suite, label }))).toEqual([
      { slot: 0, kind: 1, suite: "TOTP-SHA256-8-30", label: "" },
      { slot: 1, kind: 2, suite: "OCRA-1:HOTP-SHA256-8:QN10-T30S", label: "" },
    ]);
    expect(bench.token.durable.objects).toContainEqual({
      tag: TAG_POLICY,
      pinTryLimit: 3,
      autoOffSeconds: 30,
      language: 1,
    });
    expect(bench.token.durable).toMatchObject({ state: ISSUED, keys: { keyVersion: 0x30 } });
  });

  it("has a seed of its own for each credential, as long as the hash of its suite, and never one twice", async () => {
    const all = new Set<string>();
    for (let i = 0; i < 3; i++) {
      const bench = new TokenBench();
      const enrolment = await personalise(await bench.connect(), bench.keys, {
        clock: bench.clock,
        credentials: [
          { slot: 0, kind: "time-code", suite: "TOTP-SHA1-6-30", label: "A" },
          { slot: 1, kind: "time-code", suite: "TOTP-SHA512-8-30", label: "B" },
          { slot: 2, kind: "time-code", suite: "TOTP-SHA256-8-30", label: "C" },
        ],
      });
      expect(seeds(enrolment).map((seed) => seed.length)).toEqual([20, 64, 32]);
      for (const seed of seeds(enrolment)) all.add(Buffer.from(seed).toString("hex"));
    }
    expect(all.size).toBe(9);
  });

  it("shows the time, to a tenth of a second, over a line of any length", async () => {
    for (const wayMs of [1, 15, 150, 400]) {
      const bench = new TokenBench();
      bench.wayMs = wayMs;
      bench.token.clockAhead = -1e9;
      await personalise(await bench.connect(), bench.keys, { clock: bench.clock });
      expect(Math.abs(bench.token.clockAhead)).toBeLessThan(100);
    }
  });

  it("never saw a seed under the manufacturer's key: keys first, a new session, then seeds", async () => {
    const bench = new TokenBench();
    await personalise(await bench.connect(), bench.keys, { clock: bench.clock });
    expect(bench.token.executed[0]).toBe(0xd8);
    expect(bench.token.executed.indexOf(0xe2)).toBeGreaterThan(0);
    const channel = await bench.keys.openChannel({ serial: SERIAL, model: new Uint8Array([0, 1]) }, 1);
    await expect(
      channel.makeCredentials({ policy: { pinTryLimit: 5, autoOffSeconds: 30, language: 0 }, credentials: [] }),
    ).rejects.toThrow(/issuer's keys only/);
  });

  it("took its last block only after the enrolment was in a safe place", async () => {
    const bench = new TokenBench();
    let kept: Enrolment | undefined;
    const enrolment = await personalise(await bench.connect(), bench.keys, {
      clock: bench.clock,
      beforeCommit: async (staged) => {
        expect(bench.token.durable.state).toBe(FACTORY);
        kept = staged;
      },
    });
    expect(kept).toEqual(enrolment);
  });

  it("stays what it was when no safe place was found", async () => {
    const bench = new TokenBench();
    const run = personalise(await bench.connect(), bench.keys, {
      clock: bench.clock,
      beforeCommit: () => Promise.reject(new Error("disk full")),
    });
    await expect(run).rejects.toThrow("disk full");
    expect(bench.token.durable).toMatchObject({ state: FACTORY, keys: { keyVersion: 1 }, objects: [] });
  });

  it("tells how far it is", async () => {
    const bench = new TokenBench();
    const seen: string[] = [];
    await personalise(await bench.connect(), bench.keys, {
      clock: bench.clock,
      progress: (step, done, total) => void seen.push(`${step} ${done}/${total}`),
    });
    expect(seen).toEqual([
      "session 0/6",
      "issuer-keys 1/6",
      "issuer-session 2/6",
      "store 3/6",
      "clock 4/6",
      "commit 5/6",
    ]);
  });
});

describe("personalising", () => {
  it("an issued token is refused, and with `replace` gives it new seeds under the issuer's keys", async () => {
    const bench = new TokenBench();
    const first = await personalise(await bench.connect(), bench.keys, { clock: bench.clock });
    const before = bench.token.durable;
    await expect(personalise(await bench.connect(), bench.keys, { clock: bench.clock })).rejects.toThrow(
      PersonalisationError,
    );
    expect(bench.token.durable).toBe(before);
    const second = await personalise(await bench.connect(), bench.keys, { clock: bench.clock, replace: true });
    expect(stored(bench).map(({ key }) => key)).toEqual(seeds(second));
    expect(seeds(second)).not.toEqual(seeds(first));
  });

  it("a token with other keys fails before anything is sent that matters, and says whose keys are missing", async () => {
    const bench = new TokenBench();
    bench.token.durable.keys = { ...bench.token.durable.keys, mac: new Uint8Array(16) };
    await expect(personalise(await bench.connect(), bench.keys)).rejects.toThrow(/does not have the keys/);
    const other = new TokenBench();
    other.token.durable.keys = { ...other.token.durable.keys, keyVersion: 9 };
    await expect(personalise(await other.connect(), other.keys)).rejects.toThrow(/no key of version 9/);
    expect([...bench.token.executed, ...other.token.executed]).toEqual([]);
  });

  it("fails when what the token stored is not what it was sent", async () => {
    const bench = new TokenBench();
    const run = personalise(await bench.connect(), bench.keys, {
      clock: bench.clock,
      beforeCommit: async () => {
        bench.token.faultyMemory = true;
      },
    });
    await expect(run).rejects.toThrow(/confirmation is wrong/);
  });

  it("fails when the keys that the token took are not those it was sent, before any seed is made", async () => {
    const bench = new TokenBench();
    bench.token.faultyMemory = true;
    await expect(personalise(await bench.connect(), bench.keys, { clock: bench.clock })).rejects.toThrow(
      /did not take the issuer's keys/,
    );
    expect(bench.token.executed).toEqual([0xd8]);
  });

  /** A cable that changes the n-th answer. */
  const tampering = (transport: Transport, at: number, change: (answer: Uint8Array) => void): Transport => {
    let answers = 0;
    return {
      reset: () => transport.reset(),
      close: () => transport.close(),
      exchange: async (apdu) => {
        const answer = await transport.exchange(apdu);
        if (++answers === at) change(answer);
        return answer;
      },
    };
  };

  it("fails when any answer was changed on the way", async () => {
    const bench = new TokenBench();
    await personalise(await bench.connect(), bench.keys, { clock: bench.clock });
    const answers = bench.sent - 1; // the last frame is the RESET that ends the session
    for (let at = 2; at <= answers; at++) {
      const next = new TokenBench();
      // In the answer to INITIALIZE UPDATE, byte 13 is the first that counts: the card challenge.
      const cable = tampering(await next.connect(), at, (answer) => {
        answer[Math.min(13, answer.length - 1)] ^= 0x10;
      });
      await expect(personalise(cable, next.keys, { clock: next.clock }), `answer ${at}`).rejects.toThrow();
    }
  });

  it("enrols what the token says inside the session, not what a cable says in clear", async () => {
    const bench = new TokenBench();
    const cable = tampering(await bench.connect(), 1, (answer) => {
      const text = Buffer.from(answer.buffer, answer.byteOffset, answer.length);
      text[text.indexOf(Buffer.from([0x84, 1])) + 2] = "S".charCodeAt(0); // the assurance class
    });
    expect(await personalise(cable, bench.keys, { clock: bench.clock })).toMatchObject({ assurance: "O" });
  });

  it("by a key service whose keys were wiped is impossible", async () => {
    const bench = new TokenBench();
    const service = new LaboratoryKeyService(laboratory());
    service.close();
    await expect(personalise(await bench.connect(), service)).rejects.toThrow(/does not have the keys/);
  });
});
