/** Pictures and bytes as they come: server-sent events (WHATWG HTML, section 9.2). */
import { Type } from "typebox";
import type { Engine, Screen } from "../engine.ts";
import type { Api } from "./app.ts";
import { ProblemView } from "./schemas.ts";
import { screenView, URGENT } from "./screen-routes.ts";

/** How often a silent stream says that it is still there, in milliseconds. A reader who takes nothing in from one to the next is let go. */
const ALIVE_MS = 15_000;
/** Bytes that a reader may be behind before pictures are left out for him: he gets the last one when he has caught up. */
const BEHIND = 1024 * 1024;
/** A line's bytes are of no use with some of them left out: whoever is that far behind is let go. */
const LOST = 4 * 1024 * 1024;

const eventText = (event: string, data: object) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

const EVENTS = "text/event-stream; charset=utf-8";

export function frameRoutes(app: Api, engine: Engine): void {
  app.get(
    "/v1/frames",
    {
      schema: {
        operationId: "frames",
        summary:
          'Server-sent events: "screen" with each new picture, the present one first; "serial" with bytes that passed, as {direction, text}; "sound" with each tone of the buzzer, as {hertz, timeMs}',
        description:
          "A `sound` of 0 hertz ends the one before; `timeMs` is the engine's time at which it does. A reader who is behind by more than 1 MiB misses pictures, but not the last one. One who is behind by 4 MiB, or takes nothing in for 30 seconds, is let go.",
        response: { 200: { content: { "text/event-stream": { schema: Type.String() } } }, default: ProblemView },
      },
    },
    async (request, reply) => {
      const { raw } = reply;
      // What comes before the stream begins: of bytes as many as a reader may be behind, of pictures the last.
      let early = "";
      let newest: object | undefined;
      let send = (event: string, data: object): void => {
        if (event === "screen") newest = data;
        else if (early.length <= LOST) early += eventText(event, data);
        else raw.destroy();
      };
      let leftOut: Screen | undefined;
      let stalled = false;
      // Before the present picture is asked for: what comes while that is answered is not missed.
      const stops = [
        engine.onScreen((screen) => {
          if (raw.writableLength > BEHIND) leftOut = screen;
          else send("screen", screenView(screen));
        }),
        engine.onSerial((direction, text) => {
          if (raw.writableLength > LOST) raw.destroy();
          else send("serial", { direction, text });
        }),
        engine.onSound((sound) => {
          if (raw.writableLength > LOST) raw.destroy();
          else send("sound", sound);
        }),
      ];
      const stop = () => {
        for (const each of stops) each();
      };
      const present = await engine.screen(URGENT).catch((error: unknown) => {
        stop();
        throw error;
      });
      // Whoever left while the engine was at work is told of no more.
      const left = raw.destroyed || raw.socket?.destroyed !== false;
      if (left || request.method === "HEAD") stop();
      if (request.method === "HEAD") return reply.type(EVENTS).send("");
      reply.hijack();
      if (left) return;
      raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        "content-type": EVENTS,
        "x-accel-buffering": "no",
      });
      send = (event, data) => void raw.write(eventText(event, data));
      send("screen", newest ?? screenView(present));
      if (early !== "") raw.write(early);
      early = "";
      raw.on("drain", () => {
        stalled = false;
        if (leftOut !== undefined) send("screen", screenView(leftOut));
        leftOut = undefined;
      });
      const alive = setInterval(() => {
        if (!raw.writableNeedDrain) raw.write(": still here\n\n");
        else if (stalled) raw.destroy();
        else stalled = true;
      }, ALIVE_MS);
      raw.once("close", () => {
        clearInterval(alive);
        stop();
      });
    },
  );
}
