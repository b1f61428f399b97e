/** The tokens of this process, told of as they boot and before they close: for what shows the screens of a test that fails. */
import type { Screen } from "./engine.ts";

/** What its display shows now. It may be asked as long as the token has not closed. */
export type Look = () => Omit<Screen, "frame">;

export interface Watcher {
  /** @param name which one it is, for people */
  booted(token: object, name: string, look: Look): void;
  closing(token: object): void;
}

const watchers: Watcher[] = [];

/** From now on. */
export function watchTokens(watcher: Watcher): void {
  watchers.push(watcher);
}

/** @param name which one it is, for people */
export function booted(token: object, name: string, look: Look): void {
  for (const watcher of watchers) watcher.booted(token, name, look);
}

export function closing(token: object): void {
  for (const watcher of watchers) watcher.closing(token);
}
