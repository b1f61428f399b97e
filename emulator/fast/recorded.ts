/**
 * A session as it is written down: the token as it was without power, and every call from the moment when its power came on, with its
 * times and the screen that it led to. It is no snapshot, for it is to be played on other firmware, too, and can be made by engines that
 * give none.
 *
 * The flash is the token's: a recording holds its secrets, like a state file.
 */
import { type Engine, EngineError, type Screen } from "../engine.ts";
import { LOWEST_VOLTS, type MachineState } from "../machine/machine.ts";
import { readState, type StoredState } from "./board-state.ts";
import { type Call, type CallName, type Named, namedOn, readCall } from "./calls.ts";
import * as check from "./check.ts";

export const FORMAT = "ochre-recording";
export const VERSION = 3;

export interface RecordedStep {
  /** Microseconds of the token's time since the recording began: when the call began, and when it had ended and its screen was read. */
  beganUs: number;
  endedUs: number;
  call: CallName;
  /** As the call takes them. */
  arguments: unknown[];
  /** Why the call was not done, or not to its end: power that went, firmware that failed. */
  fault?: "no-power" | "failed";
  /** The lines of the screen then, as `screenLines` gives them; missing where they are those of the step before. */
  screen?: string[];
}

export interface Recording {
  format: typeof FORMAT;
  version: typeof VERSION;
  board: string;
  serial: string;
  /** Just before its power came on: flash, clock, battery, line, time, and what is random. */
  start: StoredState;
  /** The first screen. */
  screen: string[];
  steps: RecordedStep[];
}

/** A call that was carried out, or was not for want of power or for firmware that failed. */
export interface Performed {
  /** Microseconds of the token's time. */
  began: number;
  ended: number;
  screen: Screen;
  error?: EngineError;
}

/** An engine that knows to the microsecond when it carries a call out, and all that a token without power is. */
export interface Recordable {
  /**
   * Takes the power away and gives it back, with nobody's finger on a key, nothing on its way on the line and no cut to come.
   * @throws EngineError no-power for an empty battery: then nothing has changed
   */
  startAnew(): Promise<{ start: StoredState; screen: Screen }>;
  /** @throws EngineError for a call that was not begun, or not taken: then nothing has changed */
  perform(call: CallName, args: unknown[]): Promise<Performed>;
}

/** Of a call: it was begun, and what it did before is done. What is asked for wrongly, or of another engine, has changed nothing. */
export const mayHaveActed = (error: unknown): error is EngineError =>
  error instanceof EngineError && error.fault !== "invalid" && error.fault !== "unsupported";

/** The lines without spaces at their ends; a line that is dark on light begins with "> ". A display that is off has none. */
export function screenLines(screen: Screen): string[] {
  if (!screen.on) return [];
  return screen.lines.map(({ text, inverted }) => (inverted ? `> ${text.trimEnd()}` : text.trimEnd()));
}

/** A recording that can be played: from its first step to its last, there is nothing that an engine would not take. */
export interface Playable {
  start: MachineState;
  screen: string[];
  steps: PlayableStep[];
}

export interface PlayableStep {
  beganUs: number;
  endedUs: number;
  call: Call;
  fault: RecordedStep["fault"];
  screen: string[] | undefined;
}

/** @throws EngineError invalid for what is no recording, or of another token */
export function readRecording(recording: unknown, { manifest, serial }: Pick<Engine, "manifest" | "serial">): Playable {
  let place = "";
  try {
    const told = check.object("it", recording) as { [Name in keyof Recording]?: unknown };
    if (told.format !== FORMAT || told.version !== VERSION) check.refuse(`this is no ${FORMAT} of version ${VERSION}`);
    if (told.board !== manifest.board)
      check.refuse(`it is of a board ${named(told.board)}, and this is a ${manifest.board}`);
    // The flash becomes the recording's: another token's must not be lost by it.
    if (told.serial !== serial) check.refuse(`it is of the token ${named(told.serial)}, and this is ${serial}`);
    const board = namedOn(manifest);
    const start = readState(told.start, board.flashBytes);
    if (start.batteryVolts < LOWEST_VOLTS) check.refuse(`its battery has less than ${LOWEST_VOLTS} V`);
    const screen = readScreen(told.screen);
    let before = 0;
    const steps = check.list("its steps", told.steps).map((each, i) => {
      place = `step ${i + 1}: `;
      const step = readStep(each, board, check.LATEST - start.now);
      if (step.beganUs < before || step.endedUs < step.beganUs) check.refuse("its times are in no order");
      before = step.endedUs;
      return step;
    });
    return { start, screen, steps };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError("invalid", `the recording is refused: ${place}${error.message}`);
  }
}

const named = (value: unknown) => (typeof value === "string" ? value.slice(0, 40) : check.shown(value));

/** @param latest microseconds that a token has left */
function readStep(value: unknown, board: Named, latest: number): PlayableStep {
  const { beganUs, endedUs, call, fault, screen, ...rest } = check.object("it", value) as {
    [Name in keyof RecordedStep]?: unknown;
  };
  if (fault !== undefined && fault !== "no-power" && fault !== "failed")
    return check.refuse(`a fault is no-power or failed, not ${check.shown(fault)}`);
  return {
    beganUs: check.whole("the microsecond when it began", beganUs, 0, latest),
    endedUs: check.whole("the microsecond when it ended", endedUs, 0, latest),
    call: readCall(call, rest.arguments, board),
    fault,
    screen: screen === undefined ? undefined : readScreen(screen),
  };
}

function readScreen(value: unknown): string[] {
  return check.list("the lines of a screen", value).map((line) => {
    if (typeof line === "string") return line;
    return check.refuse(`a line of a screen is text, not ${check.shown(line)}`);
  });
}
