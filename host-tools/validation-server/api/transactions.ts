/** Transactions, for the bank's payment system: a challenge bound to the payee, and its answer. */
import type { Judging } from "../judging.ts";
import type { Transaction } from "../store/store.ts";
import { confirmTransaction, openTransaction, readable } from "../transaction.ts";
import type { App } from "./app.ts";
import type { Guard } from "./authentication.ts";
import { Problem } from "./problem.ts";
import {
  ChallengeView,
  ConfirmBody,
  NoQuery,
  ResultView,
  responses,
  TransactionBody,
  TransactionPath,
  TransactionView,
} from "./schemas.ts";
import { holderOf, tell } from "./validate.ts";

const problems = {
  400: "Not as described.",
  401: "No valid API key.",
  403: "Not for this role.",
  404: "No such transaction.",
  503: "Not judged: the clock is not trusted, or the database is busy.",
};

function stateOf(transaction: Transaction, tries: number, now: number) {
  if (transaction.state === "accepted") return "accepted";
  if (transaction.expiresAt <= now) return "expired";
  return transaction.tries >= tries ? "exhausted" : "open";
}

export function transactionRoutes(app: App, judging: Judging, guard: Guard): void {
  const tags = ["transactions"];
  const onRequest = guard("bank");

  app.post(
    "/v1/transactions",
    {
      onRequest,
      schema: {
        tags,
        summary: "Open a transaction: the customer types its challenge into the token",
        body: TransactionBody,
        querystring: NoQuery,
        response: responses(
          { 201: ChallengeView },
          { ...problems, 404: "No token with this way to a code.", 409: "No challenge is left." },
        ),
      },
    },
    async (request, reply) => {
      const { payeeAccount, payeeName = null, amount, currency, reference = null } = request.body;
      const order = { payeeAccount, payeeName, amount, currency, reference };
      const opened = await openTransaction(judging, holderOf(request.body), order, request.body.mode);
      if (!opened) throw new Problem("not-found", { detail: "No token with this way to a code is known for that." });
      const { id, serial, challenge } = opened;
      request.log.info({ event: "transaction", actor: request.actor, serial, transaction: id }, "transaction opened");
      const expiresAt = new Date(opened.expiresAt).toISOString();
      const view = { id, challenge, challengeText: readable(challenge), expiresAt };
      return reply.code(201).header("location", `/v1/transactions/${id}`).send(view);
    },
  );

  app.get(
    "/v1/transactions/:id",
    {
      onRequest,
      schema: {
        tags,
        summary: "A transaction and what became of it",
        params: TransactionPath,
        querystring: NoQuery,
        response: responses({ 200: TransactionView }, problems),
      },
    },
    async (request) => {
      const t = await judging.store.transaction(judging.realm, request.params.id);
      if (!t) throw new Problem("not-found");
      const { id, serial, payeeAccount, payeeName, amount, currency, reference } = t;
      return {
        ...{ id, serial, payeeAccount, payeeName, amount, currency, reference },
        state: stateOf(t, judging.policy.transactionTries, judging.clock()),
        createdAt: new Date(t.createdAt).toISOString(),
        expiresAt: new Date(t.expiresAt).toISOString(),
        decidedAt: t.decidedAt === null ? null : new Date(t.decidedAt).toISOString(),
      } as const;
    },
  );

  app.post(
    "/v1/transactions/:id/confirm",
    {
      onRequest,
      schema: {
        tags,
        summary: "Judge the answer to a transaction's challenge",
        params: TransactionPath,
        querystring: NoQuery,
        body: ConfirmBody,
        response: responses({ 200: ResultView }, problems),
      },
    },
    async (request) => {
      const { id } = request.params;
      const verdict = await confirmTransaction(judging, id, request.body.code);
      if (!verdict) throw new Problem("not-found");
      return tell(request, "confirm", verdict, { transaction: id });
    },
  );
}
