/** The HTTP API as one Fastify instance: routes, OpenAPI, and a problem for everything that is not carried out. */
import { randomUUID } from "node:crypto";
import { METHODS } from "node:http";
import type { Socket } from "node:net";
import swagger from "@fastify/swagger";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  LogController,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from "fastify";
import type { Logger } from "pino";
import type { Judging } from "../judging.ts";
import type { KeysFile } from "../keys-file.ts";
import { createGuard } from "./authentication.ts";
import { healthRoutes } from "./health.ts";
import { PROBLEM_JSON, Problem, problemOf, sendProblem } from "./problem.ts";
import { tokenRoutes } from "./tokens.ts";
import { transactionRoutes } from "./transactions.ts";
import { validateRoutes } from "./validate.ts";

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** An enrolment of sixteen credentials has 6 KB. */
const BODY_LIMIT = 16_384;

/** What Node's HTTP parser could not read never becomes a request: the answer is written to the socket. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const kind =
    error.code === "HPE_HEADER_OVERFLOW"
      ? "headers-too-large"
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? "request-timeout"
        : "invalid-request";
  const problem = new Problem(kind);
  const body = problem.toBody();
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.message}\r\ncontent-type: ${PROBLEM_JSON}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

async function describe(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Ochre validation server",
        version: "1",
        description: "Enrols tokens, judges their time codes, and has them confirm transactions.",
      },
      components: {
        securitySchemes: {
          apiKey: { type: "http", scheme: "bearer", description: "An API key of the role that the operation names." },
        },
      },
      security: [{ apiKey: [] }],
    },
  });
}

/** Answers 405 with the methods that a path does have, for each of the others. */
function refuseOtherMethods(app: App, methodsOf: Map<string, Set<string>>): void {
  const supported = METHODS.filter((method) => app.supportedMethods.includes(method));
  for (const [url, methods] of methodsOf) {
    const allow = [...methods].sort().join(", ");
    app.route({
      method: supported.filter((method) => !methods.has(method)),
      url,
      schema: { hide: true },
      // Before the body is looked at: there is no shape that would be right.
      onRequest: async () => {
        throw new Problem("method-not-allowed", { headers: { allow } });
      },
      handler: async () => undefined,
    });
  }
}

/** @param log request and audit lines go here; they carry no code, key or seed */
export async function createApp(judging: Judging, keys: KeysFile, log: Logger): Promise<App> {
  const app: App = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    // Fastify's own request lines would carry raw URLs.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "request" }),
    bodyLimit: BODY_LIMIT,
    requestTimeout: 10_000,
    // While it closes, requests that are on their way are still served.
    return503OnClosing: false,
    genReqId: () => randomUUID(),
    clientErrorHandler: answerUnreadable,
    frameworkErrors: (error, request, reply) => void sendProblem(request, reply, problemOf(error)),
    routerOptions: { maxParamLength: 64, caseSensitive: true },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, allErrors: false } },
  });
  app.removeAllContentTypeParsers();
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    // Many clients name a type with every request, also with those that have no body.
    if (body === "") done(null, undefined);
    else parseJson(request, body as string, done);
  });
  app.decorateRequest("actor", "");

  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.kind === "internal") request.log.error({ err: error }, "request failed");
    return sendProblem(request, reply, problem);
  });
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, new Problem("not-found")));
  // What was done has its own line from the route that did it; here is what was not, and for whoever asks for it, everything.
  app.addHook("onResponse", async (request, reply) => {
    const facts = {
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      actor: request.actor || undefined,
      ms: Math.round(reply.elapsedTime),
    };
    request.log[reply.statusCode < 400 ? "debug" : "info"](facts, "request");
  });

  await describe(app);
  const methodsOf = new Map<string, Set<string>>();
  app.addHook("onRoute", ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    methodsOf.set(url, methods);
  });
  const guard = createGuard(keys.apiKeys);
  healthRoutes(app, judging);
  tokenRoutes(app, judging, guard, Buffer.from(keys.enrolmentKey, "hex"));
  validateRoutes(app, judging, guard);
  transactionRoutes(app, judging, guard);
  app.get("/openapi.json", { schema: { hide: true } }, async () => app.swagger());
  refuseOtherMethods(app, new Map(methodsOf));
  return app;
}
