/** Time codes, for the bank's login. */
import type { FastifyRequest } from "fastify";
import type { Judging, Verdict } from "../judging.ts";
import type { Holder } from "../store/store.ts";
import { validate } from "../validate.ts";
import type { App } from "./app.ts";
import type { Guard } from "./authentication.ts";
import { NoQuery, ResultView, responses, ValidateBody } from "./schemas.ts";

/** The schema has seen to it that there is exactly one of the two. */
export function holderOf(body: { serial?: string; customer?: string }): Holder {
  return body.serial !== undefined ? { serial: body.serial } : { customer: body.customer! };
}

/**
 * Tells the caller yes or no, and the log why. The log names the token as the store knows it: what was asked for may be anything, a
 * password in the wrong field among it.
 */
export function tell(request: FastifyRequest, event: string, verdict: Verdict, more: object = {}) {
  const result = verdict.accepted ? ("accepted" as const) : ("refused" as const);
  const { reason, serial, customer, strays } = verdict;
  const facts = { event, actor: request.actor, serial, customer, ...more, result, reason, strays };
  request.log.info(facts, `${event} ${result}`);
  return { result };
}

export function validateRoutes(app: App, judging: Judging, guard: Guard): void {
  app.post(
    "/v1/validate",
    {
      onRequest: guard("bank"),
      schema: {
        tags: ["codes"],
        summary: "Judge a time code",
        body: ValidateBody,
        querystring: NoQuery,
        response: responses(
          { 200: ResultView },
          {
            400: "Not as described.",
            401: "No valid API key.",
            403: "Not for this role.",
            503: "Not judged: the clock is not trusted, or the database is busy.",
          },
        ),
      },
    },
    async (request) => tell(request, "validate", await validate(judging, holderOf(request.body), request.body.code)),
  );
}
