/** The HTTP API as one Fastify instance: any engine, call by call. */
import swagger from "@fastify/swagger";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from "fastify";
import type { RecordingEngine } from "../recording.ts";
import { controlRoutes } from "./control-routes.ts";
import { frameRoutes } from "./frame-routes.ts";
import { guard } from "./guard.ts";
import { readBody } from "./json.ts";
import { keepingRoutes } from "./keeping-routes.ts";
import { checkMedia, checkNoBody } from "./media.ts";
import { type Page, pageRoutes } from "./page-routes.ts";
import { answerParserError, Problem, sendProblem } from "./problem.ts";
import { screenRoutes } from "./screen-routes.ts";

export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** Bytes of a body, where its route does not say otherwise. */
const BODY_LIMIT = 1024 * 1024;

/** @param page the files of the page that is shown at `/`, by name; without it there is none */
export async function createApi(engine: RecordingEngine, page?: Page): Promise<Api> {
  const app: Api = Fastify({
    logger: { level: "error", stream: process.stderr },
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    // The guard says what name it takes.
    http: { requireHostHeader: false },
    clientErrorHandler: answerParserError,
    frameworkErrors: (error, request, reply) => void sendProblem(request, reply, error),
    ajv: {
      customOptions: {
        removeAdditional: false,
        coerceTypes: false,
        useDefaults: false,
        allErrors: false,
        verbose: true,
      },
    },
  });
  app.removeAllContentTypeParsers();
  const parseJson = app.getDefaultJsonParser("error", "error");
  // It answers at once.
  const read = (request: FastifyRequest) => (text: string) => {
    let parsed: unknown;
    parseJson(request, text, (error, value) => {
      if (error) throw error;
      parsed = value;
    });
    return parsed;
  };
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    // Many clients name a type with every request, also with those that have no body.
    if (body === "") return done(null, undefined);
    try {
      done(null, readBody(body as string, read(request)));
    } catch (error) {
      done(error as Problem);
    }
  });
  app.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (_, body, done) => done(null, body));
  // Of another type nothing comes through but its name, without a body.
  app.addContentTypeParser("*", (_request, _body, done) => done(null, undefined));
  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, error));
  const routes: { method: string; path: RegExp }[] = [];
  app.addHook("onRoute", ({ method, url }) => {
    const path = new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/:\w+/g, "[^/]+")}$`);
    for (const each of [method].flat()) routes.push({ method: each, path });
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.replace(/\?.*/s, "");
    const methods = [...new Set(routes.filter((route) => route.path.test(path)).map((route) => route.method))];
    if (methods.length === 0) return sendProblem(request, reply, new Problem("not-found"));
    const allow = methods.sort().join(", ");
    return sendProblem(request, reply.header("allow", allow), new Problem("method-not-allowed", `it takes ${allow}`));
  });
  app.addHook("onRequest", async (request, reply) => {
    guard(request);
    reply.headers({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "same-origin",
      "x-frame-options": "DENY",
    });
    checkMedia(request, reply);
  });
  app.addHook("preValidation", async (request) => checkNoBody(request));
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Ochre emulator",
        version: "1",
        description:
          "A token without the hardware, on this machine alone: its keys, its screen, its clock, its power, its flash and its line.",
      },
    },
  });
  screenRoutes(app, engine);
  frameRoutes(app, engine);
  controlRoutes(app, engine);
  keepingRoutes(app, engine);
  if (page !== undefined) pageRoutes(app, page);
  app.get("/openapi.json", { schema: { hide: true } }, async () => app.swagger());
  return app;
}
