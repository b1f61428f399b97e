/** What the token shows, and its keys. */
import { Type } from "typebox";
import type { Screen } from "../engine.ts";
import { type RecordingEngine, screenLines } from "../recording.ts";
import type { Api } from "./app.ts";
import { leaving } from "./leaving.ts";
import { png } from "./png.ts";
import { EngineView, KeyName, Picture, Press, ProblemView, ScreenView } from "./schemas.ts";

/** Whoever only looks does not wait for a long request of somebody else. */
export const URGENT = { urgent: true };

/** Pixels of the picture for one of the display, where nothing is said. */
const SCALE = 4;

export const screenView = (screen: Screen): ScreenView => ({
  ...screen,
  pixels: Buffer.from(screen.pixels).toString("base64"),
});

export function screenRoutes(app: Api, engine: RecordingEngine): void {
  const answers = <T>(schema: T) => ({ 200: schema, default: ProblemView });
  app.get(
    "/v1/engine",
    {
      schema: {
        operationId: "engine",
        summary: "Which engine, which token, and whether a recording of it is made",
        response: answers(EngineView),
      },
    },
    async () => ({
      name: engine.name,
      serial: engine.serial,
      seed: engine.seed,
      manifest: engine.manifest,
      capabilities: engine.capabilities,
      recording: await engine.isRecording(),
    }),
  );
  app.get(
    "/v1/screen",
    { schema: { operationId: "screen", summary: "The display, as text and pixels", response: answers(ScreenView) } },
    async () => screenView(await engine.screen(URGENT)),
  );
  app.get(
    "/v1/screen.txt",
    {
      schema: {
        operationId: "screenText",
        summary: 'The lines of the display; the chosen line of a menu begins with "> ". Empty while it is off',
        response: { 200: { content: { "text/plain": { schema: Type.String() } } }, default: ProblemView },
      },
    },
    async (_, reply) => {
      const lines = screenLines(await engine.screen(URGENT));
      return reply.type("text/plain; charset=utf-8").send(lines.map((line) => `${line}\n`).join(""));
    },
  );
  app.get<{ Querystring: { scale?: string } }>(
    "/v1/screen.png",
    {
      schema: {
        operationId: "screenPicture",
        summary: "The display as a picture",
        querystring: Picture,
        response: { 200: { content: { "image/png": { schema: Type.String() } } }, default: ProblemView },
      },
      // A query is text: its number is made one before it is looked at.
      preValidation: async (request) => {
        const { scale } = request.query;
        if (scale !== undefined && /^\d{1,4}$/.test(scale)) Object.assign(request.query, { scale: Number(scale) });
      },
    },
    async (request, reply) => {
      const { pixels, width, height } = await engine.screen(URGENT);
      return reply.type("image/png").send(png(pixels, width, height, Number(request.query.scale ?? SCALE)));
    },
  );
  app.post(
    "/v1/keys",
    {
      schema: {
        operationId: "press",
        summary: "Presses keys, one after the other, and gives the screen then",
        description:
          "Refused (409) without power, and where the power is gone before the last key went down: the keys to come are then forgotten. So they are where the request is broken off before its answer, but while a recording is made.",
        body: Press,
        response: answers(ScreenView),
      },
    },
    async (request, reply) => {
      const { press, ...options } = request.body;
      await engine.press(press, options, { signal: leaving(reply) });
      return screenView(await engine.screen());
    },
  );
  for (const [move, call] of [
    ["down", (key: string) => engine.keyDown(key)],
    ["up", (key: string) => engine.keyUp(key)],
  ] as const)
    app.post(
      `/v1/keys/:key/${move}`,
      {
        schema: {
          operationId: move === "down" ? "keyDown" : "keyUp",
          summary: move === "down" ? "Puts a finger on a key; refused (409) without power" : "Takes it off",
          params: KeyName,
          response: { 204: Type.Null(), default: ProblemView },
        },
      },
      async (request, reply) => {
        await call(request.params.key);
        return reply.code(204).send(null);
      },
    );
}
