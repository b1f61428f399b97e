import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { ClockSyncError, syncClock } from "./clock-sync.ts";
import { personalise } from "./personalise.ts";
import { TokenBench } from "./token-bench.ts";

async function issued(): Promise<TokenBench> {
  const bench = new TokenBench();
  await personalise(await bench.connect(), bench.keys, { clock: bench.clock });
  return bench;
}
const sync = async (bench: TokenBench) => syncClock(await bench.connect(), bench.keys, { clock: bench.clock });

describe("a clock that is synchronised", () => {
  it("is told how far it was ahead or behind, and is right afterwards to a tenth of a second, at any distance", async () => {
    const bench = await issued();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -3_000_000, max: 3_000_000 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 0, max: 999 }),
        async (aheadMs, wayMs, phase) => {
          bench.token.clockAhead = aheadMs;
          bench.wayMs = wayMs;
          bench.time += phase;
          const result = await sync(bench);
          expect(Math.abs(result.offsetSeconds! - aheadMs / 1000)).toBeLessThanOrEqual(
            result.before.uncertaintySeconds,
          );
          expect(result.before.uncertaintySeconds).toBeLessThan(0.1 + (3 * wayMs) / 1000);
          expect(result.roundTripMs).toBe(2 * wayMs);
          expect(Math.abs(bench.token.clockAhead)).toBeLessThan(2);
          expect(Math.abs(result.after.offsetSeconds)).toBeLessThanOrEqual(result.after.uncertaintySeconds);
        },
      ),
      { numRuns: runs(40) },
    );
  });

  it("tells no offset when it had lost power", async () => {
    const bench = await issued();
    bench.token.lostPower = true;
    const result = await sync(bench);
    expect(result.offsetSeconds).toBeUndefined();
    expect(result.before.lostPower).toBe(true);
    expect(result.after.lostPower).toBe(false);
  });

  it("is set again when the command was held up on its way", async () => {
    const bench = await issued();
    let sets = 0;
    const transport = await bench.connect();
    const result = await syncClock(
      {
        reset: () => transport.reset(),
        close: () => transport.close(),
        exchange: (apdu) => {
          if (apdu[1] === 0xda && sets++ === 0) bench.time += 1000;
          return transport.exchange(apdu);
        },
      },
      bench.keys,
      { clock: bench.clock },
    );
    expect(sets).toBe(2);
    expect(Math.abs(result.after.offsetSeconds)).toBeLessThan(0.1);
  });

  it("is reported when the line never lets a command through in time", async () => {
    const bench = await issued();
    const transport = await bench.connect();
    const slow = {
      reset: () => transport.reset(),
      close: () => transport.close(),
      exchange: (apdu: Uint8Array) => {
        if (apdu[1] === 0xda) bench.time += 1000;
        return transport.exchange(apdu);
      },
    };
    await expect(syncClock(slow, bench.keys, { clock: bench.clock })).rejects.toThrow(/too slow/);
  });

  it("is reported when it does not keep what it was given", async () => {
    const bench = await issued();
    bench.token.stuckClock = true;
    bench.token.clockAhead = 60_000;
    await expect(sync(bench)).rejects.toThrow(ClockSyncError);
  });

  it("that jumps while it is read is measured by what it shows last", async () => {
    const bench = await issued();
    const transport = await bench.connect();
    let reads = 0;
    const { before } = await syncClock(
      {
        reset: () => transport.reset(),
        close: () => transport.close(),
        exchange: (apdu) => {
          if (apdu[1] === 0xca && apdu[0] === 0x84 && ++reads === 3) bench.token.clockAhead += 3_600_000;
          return transport.exchange(apdu);
        },
      },
      bench.keys,
      { clock: bench.clock },
    );
    expect(before.offsetSeconds).toBeGreaterThan(3599);
    expect(before.offsetSeconds).toBeLessThan(3601);
  });

  it("is not that of a token without an issuer: personalising sets it", async () => {
    await expect(sync(new TokenBench())).rejects.toThrow(/not personalised/);
  });

  it("ends with the session closed: the token takes no more secured commands", async () => {
    const bench = await issued();
    await sync(bench);
    const transport = await bench.connect();
    expect(await transport.exchange(new Uint8Array([0x84, 0xca, 0xdf, 0x21, 0]))).toEqual(new Uint8Array([0x69, 0x82]));
  });
});
