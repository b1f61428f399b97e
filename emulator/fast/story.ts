/** What a snapshot tells, and what it is held against when it is read: whoever can write a file can write its checksum. */
import type { MachineState } from "../machine/machine.ts";
import { readAction, type TimedAction } from "./action.ts";
import { readState, storedState } from "./board-state.ts";
import * as check from "./check.ts";

export interface Story {
  /** Digest of the bundle and its installation: another's variables would come out of the same actions. */
  of: string;
  start: MachineState;
  actions: TimedAction[];
  /** Microseconds. */
  now: number;
}

type Unknown<T> = { [Name in keyof T]?: unknown };

export function toText(story: Story): string {
  return JSON.stringify({ ...story, start: storedState(story.start) });
}

/**
 * @param keys of the keypad
 * @throws EngineError invalid for a story that no engine would have told
 */
export function toStory(told: Unknown<Story>, keys: readonly string[]): Story {
  const start = readState(told.start);
  const now = check.moment("its time", told.now);
  const actions = check
    .list("its actions", told.actions, Number.POSITIVE_INFINITY)
    .map((each) => readAction(each, keys));
  let last = start.now;
  for (const { at } of actions) {
    if (at < last) check.refuse("its times are in no order");
    last = at;
  }
  if (now < last) check.refuse("its times are in no order");
  return { of: told.of as string, start, actions, now };
}
