/**
 * What a caller is told when a request is not carried out: RFC 9457, `application/problem+json`. Every text here is the server's own;
 * nothing that came with a request is ever repeated, because it may be a code, a key or a seed.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { EnrolmentError } from "../enrol.ts";
import { ClockError } from "../judging.ts";
import { StoreBusyError } from "../store/store.ts";
import { ChallengesUsedUpError, OrderError } from "../transaction.ts";

export const PROBLEM_JSON = "application/problem+json";

export interface FieldError {
  /** RFC 6901 pointer into the body, as a URI fragment; `query` and `path` for the other places. */
  pointer: string;
  detail: string;
}

/** `type` is `urn:ochre:problem:<name>`: a name to compare, not an address to visit. */
const kinds = {
  "invalid-request": { status: 400, title: "The request is not as the API describes it" },
  "malformed-json": { status: 400, title: "The body is not JSON" },
  unauthorized: { status: 401, title: "An API key is needed" },
  forbidden: { status: 403, title: "This API key's role may not do that" },
  "not-found": { status: 404, title: "There is nothing here" },
  "method-not-allowed": { status: 405, title: "This method is not for this resource" },
  "token-exists": { status: 409, title: "The token is enrolled already" },
  "customer-has-token": { status: 409, title: "The customer has another token" },
  "challenges-used-up": { status: 409, title: "No challenge is left for this token and payee" },
  "too-large": { status: 413, title: "The body is too large" },
  "unsupported-media-type": { status: 415, title: "The body is expected as application/json" },
  unusable: { status: 422, title: "The enrolment can't be used" },
  "headers-too-large": { status: 431, title: "The headers are too large" },
  "request-timeout": { status: 408, title: "The request took too long to arrive" },
  internal: { status: 500, title: "The server failed" },
  "clock-untrusted": { status: 503, title: "Codes can't be judged: the server's clock is not to be trusted" },
  busy: { status: 503, title: "The request was not decided: try again" },
} as const;

export type ProblemKind = keyof typeof kinds;

/** Thrown by a route to answer with a problem. */
export class Problem extends Error {
  override name = "Problem";
  readonly kind: ProblemKind;
  readonly detail: string | undefined;
  readonly errors: FieldError[] | undefined;
  readonly headers: Record<string, string>;
  constructor(
    kind: ProblemKind,
    more: { detail?: string; errors?: FieldError[]; headers?: Record<string, string> } = {},
  ) {
    super(kinds[kind].title);
    this.kind = kind;
    this.detail = more.detail;
    this.errors = more.errors;
    this.headers = more.headers ?? {};
  }

  get status(): number {
    return kinds[this.kind].status;
  }

  /** The body; `instance` names this occurrence, and the log line that belongs to it. */
  toBody(instance?: string): string {
    const { status, title } = kinds[this.kind];
    return JSON.stringify({
      type: `urn:ochre:problem:${this.kind}`,
      title,
      status,
      detail: this.detail,
      instance,
      errors: this.errors,
    });
  }
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .type(PROBLEM_JSON)
    .send(problem.toBody(`urn:uuid:${request.id}`));
}

/** The words for a failed schema keyword, without the value that failed it. */
function wordsFor(keyword: string, message: string | undefined): string {
  if (keyword === "additionalProperties") return "has a property that the API does not know";
  if (keyword === "oneOf") return "names exactly one of serial and customer";
  return message ?? "is not as described";
}

function fieldErrors(error: FastifyError): FieldError[] {
  const failures = error.validation ?? [];
  const either = failures.filter((failure) => failure.keyword === "oneOf");
  const place = error.validationContext === "body" ? "#" : (error.validationContext ?? "#");
  return (either.length > 0 ? either : failures).map((failure) => ({
    pointer: place + failure.instancePath,
    detail: wordsFor(failure.keyword, failure.message),
  }));
}

const byStatus: Record<number, ProblemKind> = {
  400: "invalid-request",
  404: "not-found",
  413: "too-large",
  414: "not-found",
  415: "unsupported-media-type",
};

/** The problem that an error stands for. An unknown one is the server's own failure. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof EnrolmentError)
    return new Problem("unusable", {
      detail: error.message,
      errors: [{ pointer: `#${error.pointer}`, detail: error.message }],
    });
  if (error instanceof ClockError) return new Problem("clock-untrusted");
  if (error instanceof StoreBusyError) return new Problem("busy", { headers: { "retry-after": "1" } });
  if (error instanceof ChallengesUsedUpError) return new Problem("challenges-used-up");
  if (error instanceof OrderError)
    return new Problem("invalid-request", { errors: [{ pointer: `#/${error.field}`, detail: error.message }] });
  const { statusCode = 500, code = "", validation } = error as FastifyError;
  if (validation) return new Problem("invalid-request", { errors: fieldErrors(error as FastifyError) });
  if (code === "FST_ERR_CTP_INVALID_JSON_BODY" || code === "FST_ERR_CTP_EMPTY_JSON_BODY")
    return new Problem("malformed-json");
  // secure-json-parse: a SyntaxError that Fastify marks with 400, for a body with __proto__ in it too.
  if (error instanceof SyntaxError && statusCode === 400) return new Problem("malformed-json");
  if (statusCode >= 500) return new Problem("internal");
  return new Problem(byStatus[statusCode] ?? "invalid-request");
}
