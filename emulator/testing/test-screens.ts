/**
 * The screens that a failing test shows: of the tokens that it booted itself, closed or not, and of those that were booted before it, in
 * a hook or a module, and are not closed; of many the latest.
 */
import { type Look, type Watcher, watchTokens } from "../booted.ts";
import { portrait } from "./capture.ts";

/** More pictures than this explain nothing. */
const MOST = 4;

interface Kept {
  token: object | undefined;
  name: string;
  look: Look;
}

export class TestScreens implements Watcher {
  #running = 0;
  #ofTest: Kept[] = [];
  #before: Kept[] = [];

  constructor() {
    watchTokens(this);
  }

  booted(token: object, name: string, look: Look): void {
    const kept = this.#running > 0 ? this.#ofTest : this.#before;
    kept.unshift({ token, name, look });
    kept.splice(MOST);
  }

  /** To the end of the test it is remembered with its last screen. */
  closing(token: object): void {
    const of = (kept: Kept[]) => kept.find((each) => each.token === token);
    const last = of(this.#ofTest) ?? of(this.#before);
    if (last === undefined) return;
    const screen = last.look();
    last.token = undefined;
    last.look = () => screen;
    if (this.#running === 0) this.#forgetClosed();
  }

  testBegins(): void {
    this.#running++;
  }

  /** @param messages what the test failed with, none where it passed */
  testEnds(messages: readonly string[]): void {
    // A matcher's own message has the picture already.
    if (messages.length > 0 && !messages.some((message) => message.includes("┌")))
      for (const { name, look } of [...this.#ofTest, ...this.#before].slice(0, MOST))
        console.error(`The screen when the test failed (${name}):\n${portrait(look())}`);
    if (--this.#running > 0) return;
    this.#ofTest = [];
    this.#forgetClosed();
  }

  #forgetClosed(): void {
    this.#before = this.#before.filter(({ token }) => token !== undefined);
  }
}
