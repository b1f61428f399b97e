/** Who went away before he was answered. */
import type { FastifyReply } from "fastify";

/** Aborted once the connection is gone; the request itself is closed as soon as its body was read. */
export function leaving({ raw }: FastifyReply): AbortSignal {
  const left = new AbortController();
  raw.once("close", () => {
    if (!raw.writableEnded) left.abort();
  });
  return left.signal;
}
