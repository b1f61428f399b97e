/** For whoever watches the process: /healthz says that it runs, /readyz that it can judge. */
import type { Judging } from "../judging.ts";
import type { App } from "./app.ts";
import { Problem } from "./problem.ts";
import { responses, StatusView } from "./schemas.ts";

export function healthRoutes(app: App, { store }: Judging): void {
  const open = { security: [], tags: ["operation"] };

  app.get(
    "/healthz",
    { schema: { ...open, summary: "The process runs", response: responses({ 200: StatusView }, {}) } },
    async () => ({ status: "ok" as const }),
  );

  app.get(
    "/readyz",
    {
      schema: {
        ...open,
        summary: "The database answers",
        response: responses({ 200: StatusView }, { 503: "It does not answer." }),
      },
    },
    async (request) => {
      try {
        await store.ready();
      } catch (error) {
        request.log.error({ err: error }, "database does not answer");
        throw new Problem("busy", { headers: { "retry-after": "1" } });
      }
      return { status: "ok" as const };
    },
  );
}
