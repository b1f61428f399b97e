/** Plays a recording on a token: its calls, at its times, for its screens. */
import { EngineError } from "../engine.ts";
import { type Playable, type PlayableStep, screenLines } from "./recorded.ts";
import { type FastToken, MOST_WORK } from "./token.ts";
import type { Turns } from "./turns.ts";

/** Callbacks of the machine in all steps: some minutes of work. */
const MOST_REPLAYED = 10 * MOST_WORK;

/** A screen that is not the one that was recorded. */
export class RecordingMismatch extends Error {
  override name = "RecordingMismatch";
  /** Number of the step from 1, 0 for the first screen. */
  readonly step: number;
  /** The call that led to it. */
  readonly what: string;
  readonly expected: string[];
  readonly actual: string[];

  constructor(step: number, what: string, expected: string[], actual: string[]) {
    super(`step ${step}, ${what}: the screen was expected to be\n${boxed(expected)}\nand is\n${boxed(actual)}`);
    this.step = step;
    this.what = what;
    this.expected = expected;
    this.actual = actual;
  }
}

const boxed = (lines: string[]) => (lines.length === 0 ? "  (off)" : lines.map((line) => `  | ${line}`).join("\n"));

/**
 * The token becomes the one that was recorded, and then what that became. Time passes for the steps alone: each begins and ends at the
 * microsecond at which it did. A call that takes longer here delays the next step, and no other.
 * @param turns lets others have a turn: each step's screen is read, and most steps are nothing beside
 * @param onError told of what the firmware throws, but for a step of which the recording says that it failed; without it, that ends it
 * @throws RecordingMismatch at the first screen that is another; EngineError where a step is refused that was not, or is not that was, and
 *   failed where they do too much
 */
export async function play(
  token: FastToken,
  { start, screen, steps }: Playable,
  turns: Pick<Turns, "over">,
  onError: ((error: unknown) => void) | undefined,
): Promise<void> {
  const noFailure = (place: string) => {
    const failure = token.takeFailure();
    if (failure === undefined) return;
    if (onError === undefined) throw new EngineError(failure.fault, `${place}: ${failure.message}`);
    onError(failure.cause);
  };
  let expected = screen;
  const compare = (step: number, what: string) => {
    const actual = screenLines(token.screen());
    if (actual.join("\n") !== expected.join("\n")) throw new RecordingMismatch(step, what, expected, actual);
  };
  await token.become(start, "a recording was played before all keys were pressed", "the recording is refused: ");
  await token.powerOn();
  noFailure("power on");
  compare(0, "power on");
  const most = token.machine.work + MOST_REPLAYED;
  for (const [i, step] of steps.entries()) {
    const place = `step ${i + 1}, ${step.call.name}`;
    if (token.machine.work > most)
      throw new EngineError(
        "failed",
        `before ${place}: a recording is played for ${MOST_REPLAYED} callbacks, and no more`,
      );
    await token.passTo(start.now + step.beganUs);
    noFailure(`before ${place}`);
    const refused = await refusalOf(token, step, start.now + step.endedUs);
    // Not as it was thrown: what is invalid would have changed nothing.
    if (refused !== undefined && refused.fault !== "no-power" && refused.fault !== step.fault)
      throw new EngineError(
        refused.fault === "foreign-firmware" ? refused.fault : "failed",
        `${place}: ${refused.message}`,
      );
    if (step.fault === "failed") {
      if (token.takeFailure() === undefined && refused?.fault !== "failed") throw notRefused(place, step.fault);
    } else {
      noFailure(place);
      if (refused === undefined && step.fault !== undefined) throw notRefused(place, step.fault);
      if (refused !== undefined && step.fault === undefined)
        throw new EngineError(refused.fault, `${place}: ${refused.message}`);
    }
    expected = step.screen ?? expected;
    compare(i + 1, step.call.name);
    if (turns.over()) await token.pause();
  }
}

const notRefused = (place: string, fault: string) =>
  new EngineError("failed", `${place}: it was refused (${fault}), and now it is not`);

/** Does it up to the time when it ended. @returns why it was not done to its end */
async function refusalOf(token: FastToken, { call }: PlayableStep, end: number): Promise<EngineError | undefined> {
  let refused: EngineError | undefined;
  const orRefused = async (work: () => Promise<void> | undefined) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      refused ??= error;
    }
  };
  let typed: Promise<void> | undefined;
  await orRefused(async () => {
    const most = token.allowance;
    ({ typed } = await token.perform(call, most));
    await token.passTo(end, most);
    await token.typeAll(most);
  });
  if (refused !== undefined) {
    await token.leaveKeys(refused);
    await token.passTo(end);
  }
  await orRefused(() => typed);
  return refused;
}
