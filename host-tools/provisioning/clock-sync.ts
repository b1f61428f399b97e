/**
 * The token's clock and the host's. The token tells whole seconds, and the way there takes time: a reading of T, asked for at s and
 * answered at r, says only that the token's clock is ahead by more than T - r and by less than T + 1 - s. Readings on both sides of a
 * second's edge, taken together, narrow that down to about one round trip.
 */
import type { ClockHistory } from "../../protocol/apdu/clock-history.ts";
import { type ClockReading, TOKEN_STATES } from "../../protocol/apdu/get-data.ts";
import { tokenInfo } from "../device/token.ts";
import type { Transport } from "../device/transport.ts";
import type { KeyService } from "../keys/key-service.ts";
import { type HostClock, pause, systemClock } from "./host-clock.ts";
import { TokenSession } from "./token-session.ts";

const FACTORY = TOKEN_STATES.indexOf("factory");
/** Long enough to see a second begin. */
const WATCH_MS = 1100;
const PAUSE_MS = 50;
/** A SET CLOCK that took so much longer than a reading was repeated on the way: it did not arrive when it should. */
const LATE_MS = 250;
const TRIES = 3;

export interface ClockMeasurement extends ClockReading {
  /** How far the token's clock is ahead of the host's, seconds. Means nothing when the clock lost power. */
  offsetSeconds: number;
  /** The offset is right within so many seconds. */
  uncertaintySeconds: number;
  /** The shortest way there and back, milliseconds. */
  roundTripMs: number;
}

export interface ClockSync {
  serial: string;
  before: ClockMeasurement;
  after: ClockMeasurement;
  /** How far the token's clock was ahead; `undefined` when it had lost power. */
  offsetSeconds: number | undefined;
  roundTripMs: number;
  /** What the token itself remembers, this setting included. */
  history: ClockHistory | undefined;
}

/** The token's clock can't be set, or did not take the time it was given. */
export class ClockSyncError extends Error {
  override name = "ClockSyncError";
}

/** Compares the token's clock with the host's. Takes about a second. */
export async function measureClock(session: TokenSession, clock: HostClock = systemClock): Promise<ClockMeasurement> {
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  let roundTripMs = Number.POSITIVE_INFINITY;
  let reading: ClockReading;
  const begin = clock.now();
  let reads = Math.ceil(WATCH_MS / PAUSE_MS);
  for (;;) {
    const sent = clock.now();
    reading = await session.clock();
    const received = clock.now();
    roundTripMs = Math.min(roundTripMs, received - sent);
    const [lowest, highest] = [reading.seconds * 1000 - received, (reading.seconds + 1) * 1000 - sent];
    // Two readings that contradict each other: one of the clocks was set in between, and only the later one counts.
    const contradicts = lowest > high || highest < low;
    low = contradicts ? lowest : Math.max(low, lowest);
    high = contradicts ? highest : Math.min(high, highest);
    if (reading.lostPower || --reads <= 0 || clock.now() - begin >= WATCH_MS || high - low <= 2 * PAUSE_MS) break;
    await pause(clock, PAUSE_MS);
  }
  return {
    ...reading,
    offsetSeconds: (low + high) / 2000,
    uncertaintySeconds: (high - low) / 2000,
    roundTripMs,
  };
}

/**
 * Sets the token's clock: the command arrives as the second begins that it names, because a clock chip starts a second when it is set.
 * @param roundTripMs of a clock reading, as measured
 * @throws ClockSyncError when the line is too slow to hit a second
 */
export async function setClock(
  session: TokenSession,
  roundTripMs: number,
  clock: HostClock = systemClock,
): Promise<void> {
  const way = roundTripMs / 2;
  for (let tries = TRIES; tries > 0; tries--) {
    const seconds = Math.ceil((clock.now() + way + PAUSE_MS) / 1000);
    const command = await session.channel.setClock(seconds);
    await pause(clock, Math.max(0, seconds * 1000 - way - clock.now()));
    const sent = clock.now();
    await session.send("SET CLOCK", command);
    if (clock.now() - sent <= roundTripMs + LATE_MS) return;
  }
  throw new ClockSyncError("The line to the token is too slow or too unsteady to set its clock.");
}

export interface SyncClockOptions {
  clock?: HostClock;
}

/**
 * Sets a token's clock to the host's time and shows how far it was off.
 * @throws PortError
 * @throws TokenRefusal
 * @throws KeyServiceError
 * @throws ClockSyncError when the clock does not show the time it was given
 */
export async function syncClock(
  transport: Transport,
  keys: KeyService,
  { clock = systemClock }: SyncClockOptions = {},
): Promise<ClockSync> {
  const info = await tokenInfo(transport);
  if (info.state <= FACTORY)
    throw new ClockSyncError("The token is not personalised. Personalising it sets its clock.");
  const session = await TokenSession.open(transport, keys, info, info.keyVersion);
  try {
    const before = await measureClock(session, clock);
    await setClock(session, before.roundTripMs, clock);
    const after = await measureClock(session, clock);
    if (after.lostPower || Math.abs(after.offsetSeconds) > 1 + after.uncertaintySeconds)
      throw new ClockSyncError("The token's clock does not show the time it was given. Its battery may be empty.");
    return {
      serial: info.serial,
      before,
      after,
      offsetSeconds: before.lostPower ? undefined : before.offsetSeconds,
      roundTripMs: before.roundTripMs,
      history: await session.clockHistory(),
    };
  } finally {
    await session.end();
  }
}
