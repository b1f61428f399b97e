/** What a snapshot tells, and what it is held against when it is read: whoever can write a file can write its checksum. */
import type { MachineState } from "../machine/machine.ts";
import { readAction, type TimedAction } from "./action.ts";
import { readState, storedState } from "./board-state.ts";
import type { Named } from "./calls.ts";
import * as check from "./check.ts";
import type { Turns } from "./turns.ts";

export interface Story {
  /** Digest of the bundle and its installation: another's variables would come out of the same actions. */
  of: string;
  start: MachineState;
  actions: TimedAction[];
  /** Microseconds. */
  now: number;
}

type Unknown<T> = { [Name in keyof T]?: unknown };

/** @param actions each as JSON */
export function toText({ of, start, now }: Omit<Story, "actions">, actions: readonly string[]): string {
  const before = JSON.stringify({ of, start: storedState(start) }).slice(0, -1);
  return `${before},"actions":[${actions.join()}],"now":${now}}`;
}

/**
 * @param turns lets others have a turn: there may be a hundred thousand actions
 * @throws EngineError invalid for a story that no engine would have told
 */
export async function toStory(told: Unknown<Story>, board: Named, turns: Pick<Turns, "over" | "rest">): Promise<Story> {
  const start = readState(told.start, board.flashBytes);
  const now = check.moment("its time", told.now);
  const actions: TimedAction[] = [];
  let last = start.now;
  for (const each of check.list("its actions", told.actions)) {
    const action = readAction(each, board);
    if (action.at < last) check.refuse("its times are in no order");
    last = action.at;
    actions.push(action);
    if (turns.over()) await turns.rest();
  }
  if (now < last) check.refuse("its times are in no order");
  return { of: told.of as string, start, actions, now };
}
