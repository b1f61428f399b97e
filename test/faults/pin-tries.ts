/** A thief with a token, wrong PINs and a switch in its supply: what the token tells of a PIN has been counted, wherever the power goes. */
import { expect } from "vitest";
import type { Engine } from "../../emulator/engine.ts";
import { TRIES } from "../../firmware/core/entries.ts";
import { type Boot, recordDeed, remembered, TEARS } from "./cut-points.ts";
import { lines, press, WRONG } from "./deeds.ts";
import { type CutPoint, cutAtEnd, cutPoint, type Left, sameLeft } from "./flash-record.ts";

/** Of the issuer's policy. */
const LIMIT = 5;
/** Long enough for a token that locks to keep a challenge for its bank. */
const AFTER_VERDICT_MS = 2000;

const wrongPin = async (engine: Engine) => {
  await press(engine, "OK", ...WRONG, "OK");
  await engine.advance(AFTER_VERDICT_MS);
};

const tries = ({ flash }: Left) => Number.parseInt(remembered(flash)[TRIES], 16);
/** The thief has learnt whether it was the PIN. */
const told = ({ screens }: CutPoint) => screens.some((screen) => /Wrong PIN|is locked/.test(screen));

/** All that cuts can leave of one wrong PIN, without a cut last. */
async function afterWrongPin(boot: Boot, begins: Left): Promise<CutPoint[]> {
  const done = await recordDeed(boot, { name: "a wrong PIN", begins, changes: [], perform: wrongPin });
  const points = done.operations.flatMap((_, i) => TEARS.map((tear) => cutPoint(done, i + 1, tear)));
  return [...points, cutAtEnd(done)];
}

/**
 * Wrong PINs to the limit, each cut everywhere.
 * @param twice each cut on the way is followed by another wrong PIN, from what it left
 * @returns how many cuts there were
 */
export async function tryPins(boot: Boot, issued: Left, { twice }: { twice: boolean }): Promise<number> {
  let begins = issued;
  let cuts = 0;
  for (let used = 0; used < LIMIT; used++) {
    const points = await afterWrongPin(boot, begins);
    cuts += points.length;
    for (const point of points) {
      expect(tries(point), `operation ${point.operation}, torn by ${point.tear}`).toBeGreaterThanOrEqual(
        told(point) ? used + 1 : used,
      );
      expect(tries(point)).toBeLessThanOrEqual(used + 1);
    }
    const last = points.at(-1)!;
    expect(told(last)).toBe(true);
    const different = points.filter((point, i) => !points.slice(0, i).some((other) => sameLeft(point, other)));
    for (const left of twice ? different : []) {
      if (told(left) || sameLeft(left, begins) || tries(left) >= LIMIT) continue;
      const again = await afterWrongPin(boot, left);
      cuts += again.length;
      for (const point of again.filter(told)) expect(tries(point)).toBeGreaterThan(tries(left));
      expect(told(again.at(-1)!)).toBe(true);
    }
    begins = { flash: last.flash, unixTime: issued.unixTime };
  }
  const engine = await boot(begins);
  try {
    expect(await lines(engine)).toContain("locked");
  } finally {
    await engine.close();
  }
  return cuts;
}
