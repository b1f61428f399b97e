/** Tokens: enrolment, assignment to customers, unlocking. For the provisioner; a bank's system may look. */
import { enrol } from "../enrol.ts";
import { forgetDrift } from "../forget-drift.ts";
import type { Judging } from "../judging.ts";
import type { Credential, Token } from "../store/store.ts";
import type { App } from "./app.ts";
import type { Guard } from "./authentication.ts";
import { Problem } from "./problem.ts";
import { AssignmentBody, EnrolmentBody, NoQuery, ReplaceQuery, responses, SerialPath, TokenView } from "./schemas.ts";

const isLocked = (credential: Credential, limit: number) =>
  credential.lockedAt !== null || credential.failures >= limit;

function tokenView(token: Token, limit: number) {
  const state = (locked: boolean) => (locked ? ("locked" as const) : ("active" as const));
  return {
    serial: token.serial,
    board: token.board,
    model: token.model,
    assurance: token.assurance,
    firmware: token.firmware,
    keyVersion: token.keyVersion,
    generation: token.generation,
    customer: token.customer,
    enrolledAt: new Date(token.enrolledAt).toISOString(),
    state: state(token.credentials.some((c) => isLocked(c, limit))),
    credentials: token.credentials.map((c) => ({
      slot: c.slot,
      kind: c.kind,
      suite: c.suite,
      label: c.label,
      state: state(isLocked(c, limit)),
      failures: c.failures,
      driftSteps: c.drift,
      lastTriedAt: c.seenAt > token.enrolledAt ? new Date(c.seenAt).toISOString() : null,
    })),
  };
}

const problems = {
  400: "Not as described.",
  401: "No valid API key.",
  403: "Not for this role.",
  404: "No such token.",
};

export function tokenRoutes(app: App, judging: Judging, guard: Guard, enrolmentKey: Uint8Array): void {
  const { store, policy, realm } = judging;
  const tags = ["tokens"];

  const viewOf = async (serial: string) => {
    const token = await store.token(realm, serial);
    if (!token) throw new Problem("not-found");
    return tokenView(token, policy.maxFailures);
  };

  app.post(
    "/v1/tokens",
    {
      onRequest: guard("provisioner"),
      schema: {
        tags,
        summary: "Enrol a personalised token",
        body: EnrolmentBody,
        querystring: ReplaceQuery,
        response: responses(
          { 201: TokenView },
          { 400: problems[400], 401: problems[401], 403: problems[403], 409: "Enrolled already.", 422: "Unusable." },
        ),
      },
    },
    async (request, reply) => {
      const { replace: replaceInBody, ...enrolment } = request.body;
      const replace = replaceInBody === true || request.query.replace !== undefined;
      const { serial } = enrolment;
      if ((await enrol(judging, enrolmentKey, enrolment, replace)) === "exists") throw new Problem("token-exists");
      const view = await viewOf(serial);
      request.log.info({ event: "enrol", actor: request.actor, serial, generation: view.generation }, "token enrolled");
      return reply.code(201).header("location", `/v1/tokens/${serial}`).send(view);
    },
  );

  app.get(
    "/v1/tokens/:serial",
    {
      onRequest: guard("provisioner", "bank"),
      schema: {
        tags,
        summary: "A token, for staff",
        params: SerialPath,
        querystring: NoQuery,
        response: responses({ 200: TokenView }, problems),
      },
    },
    async (request) => viewOf(request.params.serial),
  );

  app.put(
    "/v1/tokens/:serial/assignment",
    {
      onRequest: guard("provisioner"),
      schema: {
        tags,
        summary: "Assign a token to a customer, who has no other",
        params: SerialPath,
        querystring: NoQuery,
        body: AssignmentBody,
        response: responses({ 200: TokenView }, { ...problems, 409: "The customer has another token." }),
      },
    },
    async (request) => {
      const { serial } = request.params;
      const { customer } = request.body;
      const outcome = await store.assign(realm, serial, customer);
      if (outcome === "unknown") throw new Problem("not-found");
      if (outcome === "taken") throw new Problem("customer-has-token");
      request.log.info({ event: "assign", actor: request.actor, serial, customer }, "token assigned");
      return viewOf(serial);
    },
  );

  /** An act on one token that takes no body and answers with the token. */
  const act = (
    method: "DELETE" | "POST",
    path: string,
    event: string,
    summary: string,
    done: (serial: string) => Promise<boolean>,
  ) =>
    app.route({
      method,
      url: `/v1/tokens/:serial/${path}`,
      onRequest: guard("provisioner"),
      schema: {
        tags,
        summary,
        params: SerialPath,
        querystring: NoQuery,
        response: responses({ 200: TokenView }, problems),
      },
      handler: async (request) => {
        const { serial } = request.params;
        if (!(await done(serial))) throw new Problem("not-found");
        request.log.info({ event, actor: request.actor, serial }, summary);
        return viewOf(serial);
      },
    });

  act("DELETE", "assignment", "unassign", "Take a token from its customer", (serial) => store.unassign(realm, serial));
  act("POST", "unlock", "unlock", "Unlock a token, after its customer was identified", (serial) =>
    store.unlock(realm, serial),
  );
  act("DELETE", "drift", "forget-drift", "Forget the learned drift, after the token's clock was set", (serial) =>
    forgetDrift(judging, serial),
  );
}
