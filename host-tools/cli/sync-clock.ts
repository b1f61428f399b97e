/** `ochre sync-clock`: sets a token's clock to this machine's. */
import { Command } from "commander";
import type { ClockHistory } from "../../protocol/apdu/clock-history.ts";
import { type ClockMeasurement, syncClock } from "../provisioning/clock-sync.ts";
import { type KeystoreOptions, keystoreOption, labOption, openKeyService } from "./keystore-option.ts";
import { print } from "./output.ts";
import { jsonOption, portOption, type TokenOptions, withToken } from "./token-option.ts";

export function syncClockCommand(): Command {
  return new Command("sync-clock")
    .description("set a token's clock to this machine's time, and tell how far it was off")
    .addOption(portOption())
    .addOption(labOption())
    .addOption(keystoreOption())
    .addOption(jsonOption())
    .action(async (options: TokenOptions & KeystoreOptions) => {
      const keys = await openKeyService(options, false);
      try {
        const { serial, before, after, offsetSeconds, roundTripMs, history } = await withToken(options, (transport) =>
          syncClock(transport, keys),
        );
        const was =
          offsetSeconds === undefined
            ? "The token's clock had lost power."
            : `The clock of token ${serial} was ${inWords(offsetSeconds)} (within ${before.uncertaintySeconds.toFixed(2)} s).`;
        const drift = driftOf(history);
        const lines = [was, `It is set; now it is ${inWords(after.offsetSeconds)}.`];
        if (drift)
          lines.push(
            `By the token's own count it drifted by ${drift.ppm.toFixed(1)} ppm (within ${drift.uncertaintyPpm.toFixed(1)}) in ${(drift.spanSeconds / 86_400).toFixed(1)} days.`,
          );
        print(options.json, lines, {
          serial,
          offsetSeconds: offsetSeconds ?? null,
          roundTripMs,
          before: describe(before),
          after: describe(after),
          drift: drift ?? null,
        });
      } finally {
        keys.close();
      }
    });
}

/** The token counts whole seconds, at both ends of the span. */
function driftOf(history: ClockHistory | undefined) {
  if (history === undefined || history.driftSpan === 0) return undefined;
  const { driftSeconds, driftSpan } = history;
  const ppm = (driftSeconds * 1e6) / driftSpan;
  return { driftSeconds, spanSeconds: driftSpan, ppm, uncertaintyPpm: 1e6 / driftSpan };
}

function inWords(offset: number): string {
  return `${Math.abs(offset).toFixed(2)} s ${offset < 0 ? "behind" : "ahead"}`;
}

/** The token's own words beside the measurement. */
function describe({ seconds, lostPower, offsetSeconds, uncertaintySeconds }: ClockMeasurement): object {
  return { unixTime: seconds, lostPower, offsetSeconds: lostPower ? null : offsetSeconds, uncertaintySeconds };
}
