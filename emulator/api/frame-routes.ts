/** Pictures and bytes as they come: server-sent events (WHATWG HTML, section 9.2). */
import { Type } from "typebox";
import type { Engine } from "../engine.ts";
import type { Api } from "./app.ts";
import { ProblemView } from "./schemas.ts";
import { screenView } from "./screen-routes.ts";

/** How often a silent stream says that it is still there, in milliseconds. */
const ALIVE_MS = 15_000;
/** Bytes that a reader may be behind: whoever reads no more is let go. */
const MOST_BEHIND = 16 * 1024 * 1024;

export function frameRoutes(app: Api, engine: Engine): void {
  app.get(
    "/v1/frames",
    {
      schema: {
        operationId: "frames",
        summary:
          'Server-sent events: "screen" with each new picture, the present one first; "serial" with bytes that passed, as {direction, text}',
        response: { 200: { content: { "text/event-stream": { schema: Type.String() } } }, default: ProblemView },
      },
    },
    async (_, reply) => {
      const first = screenView(await engine.screen());
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        "content-type": "text/event-stream; charset=utf-8",
        "x-accel-buffering": "no",
      });
      const send = (event: string, data: unknown) => {
        if (raw.writableLength > MOST_BEHIND) raw.destroy();
        else raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      };
      send("screen", first);
      const stops = [
        engine.onScreen((screen) => send("screen", screenView(screen))),
        engine.onSerial((direction, text) => send("serial", { direction, text })),
      ];
      const alive = setInterval(() => raw.write(": still here\n\n"), ALIVE_MS);
      raw.once("close", () => {
        clearInterval(alive);
        for (const stop of stops) stop();
      });
    },
  );
}
