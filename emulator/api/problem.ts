/** What a caller is told when a request is not carried out: RFC 9457, `application/problem+json`. */
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { EngineError } from "../engine.ts";
import { shown } from "../fast/check.ts";

export const PROBLEM_JSON = "application/problem+json";

/** `type` is `urn:ochre:problem:<name>`: a name to compare, not an address to visit. */
const kinds = {
  "invalid-request": { status: 400, title: "The request is not as the API describes it" },
  "malformed-json": { status: 400, title: "The body is not JSON" },
  "foreign-origin": { status: 403, title: "Pages from elsewhere may not use this emulator" },
  "not-found": { status: 404, title: "There is nothing here" },
  "method-not-allowed": { status: 405, title: "This is here, for other methods" },
  "too-large": { status: 413, title: "The body is too large" },
  "unsupported-media-type": { status: 415, title: "The body is of another type than the API takes" },
  "misdirected-request": { status: 421, title: "This emulator does not go by that name" },
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
  const { status, title } = kinds[problem.kind];
  if (problem.kind === "internal") request.log.error({ err: error }, "request failed");
  const body = { type: `urn:ochre:problem:${problem.kind}`, title, status, detail: problem.detail, ...problem.more };
  return reply.code(status).type(PROBLEM_JSON).send(JSON.stringify(body));
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
  // A DOMException's code is a number.
  const code = String((error as FastifyError).code ?? "");
  if (validation) {
    const place = `${validationContext ?? "body"}${validation[0].instancePath}`;
    return new Problem("invalid-request", `${place} ${expected(validation)}`);
  }
  if (
    code.startsWith("FST_ERR_CTP_INVALID_JSON") ||
    code === "FST_ERR_CTP_EMPTY_JSON_BODY" ||
    error instanceof SyntaxError
  )
    return new Problem("malformed-json");
  if (statusCode >= 500) return new Problem("internal");
  if (statusCode === 413)
    return new Problem("too-large", `a body has at most ${request.routeOptions.bodyLimit} bytes here`);
  if (statusCode === 415) return new Problem("unsupported-media-type", message);
  return new Problem(byStatus[statusCode] ?? "invalid-request", message);
}
