/** What a caller is told when a request is not carried out: RFC 9457, `application/problem+json`. */
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { EngineError } from "../engine.ts";
import { shown } from "../fast/check.ts";

export const PROBLEM_JSON = "application/problem+json";

/** `type` is `urn:ochre:problem:<name>`: a name to compare, not an address to visit. */
const kinds = {
  "invalid-request": { status: 400, title: "The request is not as the API describes it" },
  "malformed-request": { status: 400, title: "The request is not HTTP" },
  "malformed-json": { status: 400, title: "The body is not JSON" },
  "foreign-origin": { status: 403, title: "Pages from elsewhere may not use this emulator" },
  "not-found": { status: 404, title: "There is nothing here" },
  "method-not-allowed": { status: 405, title: "This is here, for other methods" },
  timeout: { status: 408, title: "The request took too long to arrive" },
  "too-large": { status: 413, title: "The body is too large" },
  "unsupported-media-type": { status: 415, title: "The body is of another type than the API takes" },
  "misdirected-request": { status: 421, title: "This emulator does not go by that name" },
  "header-too-large": { status: 431, title: "The header is too large" },
  // What an engine refuses, by its own words for it.
  invalid: { status: 422, title: "The token can't be asked for that" },
  mismatch: { status: 422, title: "A screen is another than the one that was recorded" },
  conflict: { status: 409, title: "The token can't be asked for that as it is now" },
  "no-power": { status: 409, title: "The token has no power for that" },
  "foreign-firmware": { status: 422, title: "The flash holds a firmware that this emulator was not given" },
  unsupported: { status: 501, title: "This engine can't do that" },
  failed: { status: 500, title: "The engine failed" },
  internal: { status: 500, title: "The server failed" },
} as const;

export type ProblemKind = keyof typeof kinds;

/** Thrown by a route to answer with a problem. */
export class Problem extends Error {
  override name = "Problem";
  readonly kind: ProblemKind;
  readonly detail: string | undefined;
  /** Members of the problem's own (RFC 9457, section 3.2). */
  readonly more: object;

  constructor(kind: ProblemKind, detail?: string, more: object = {}) {
    super(kinds[kind].title);
    this.kind = kind;
    this.detail = detail;
    this.more = more;
  }
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  const problem = problemOf(error, request);
  if (problem.kind === "internal") request.log.error({ err: error }, "request failed");
  return reply.code(kinds[problem.kind].status).type(PROBLEM_JSON).send(textOf(problem));
}

function textOf({ kind, detail, more }: Problem): string {
  const { status, title } = kinds[kind];
  return JSON.stringify({ type: `urn:ochre:problem:${kind}`, title, status, detail, ...more });
}

/** Answers what is no request, so that no route ever has it; the connection ends with that. */
export function answerParserError({ code = "" }: NodeJS.ErrnoException, socket: Socket): void {
  if (code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const problem =
    code === "HPE_HEADER_OVERFLOW"
      ? new Problem("header-too-large")
      : code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? new Problem("timeout")
        : new Problem("malformed-request", "it can't be read as HTTP/1.1 (RFC 9112)");
  const { status } = kinds[problem.kind];
  const text = textOf(problem);
  socket.once("finish", () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: ${PROBLEM_JSON}\r\n` +
      `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}

const byStatus: Record<number, ProblemKind> = {
  404: "not-found",
};

/** What was expected at the place of the first failure; of one that is none of several values, which they are. */
function expected(failures: NonNullable<FastifyError["validation"]>): string {
  const [first] = failures;
  if (first.keyword === "additionalProperties") {
    const { properties = {} } = (first as { parentSchema?: { properties?: object } }).parentSchema ?? {};
    return `has no property ${shown(first.params.additionalProperty)}, only ${Object.keys(properties).join(", ")}`;
  }
  const values = failures
    .filter(({ keyword, instancePath }) => keyword === "const" && instancePath === first.instancePath)
    .map(({ params }) => String(params.allowedValue));
  if (values.length > 0) return `must be ${values.join(" or ")}`;
  return first.message ?? "is not as described";
}

function problemOf(error: unknown, request: FastifyRequest): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof EngineError) return new Problem(error.fault, error.message);
  const { statusCode = 500, validation, validationContext, message } = error as FastifyError;
  if (validation) {
    const place = `${validationContext ?? "body"}${validation[0].instancePath}`;
    return new Problem("invalid-request", `${place} ${expected(validation)}`);
  }
  if (statusCode >= 500) return new Problem("internal");
  if (statusCode === 413)
    return new Problem("too-large", `a body has at most ${request.routeOptions.bodyLimit} bytes here`);
  if (statusCode === 415) return new Problem("unsupported-media-type", message);
  return new Problem(byStatus[statusCode] ?? "invalid-request", message);
}
