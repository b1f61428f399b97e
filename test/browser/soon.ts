/** What a page is to show: looked at until it does. A page may be slow, and nothing about it is true the moment after a key. */
import { expect } from "vitest";
import { LOOK_MS, PATIENCE_MS } from "./visitor.ts";

/** As `expect`, of what `read` gives sooner or later. For tests that have the browser to themselves. */
export const soon = <T>(read: () => T) => expect.poll(read, { timeout: PATIENCE_MS, interval: LOOK_MS });
