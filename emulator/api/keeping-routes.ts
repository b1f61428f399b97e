/** Sessions that are kept: snapshots and recordings. */

import { Type } from "typebox";
import type { Snapshot } from "../engine.ts";
import { LONGEST_DATA } from "../fast/chronicle.ts";
import { type Recording, type RecordingEngine, RecordingMismatch } from "../recording.ts";
import type { Api } from "./app.ts";
import { leaving } from "./leaving.ts";
import { Problem } from "./problem.ts";
import { ProblemView, RecordingView, SnapshotView } from "./schemas.ts";

/** The longest data that an engine reads, and what stands around it. */
const SNAPSHOT_LIMIT = LONGEST_DATA + 1024;
/** The most steps that are written down, with characters of two bytes, and the flash. */
const RECORDING_LIMIT = 18 * 1024 * 1024;

export function keepingRoutes(app: Api, engine: RecordingEngine): void {
  const nothing = { 204: Type.Null(), default: ProblemView };
  const recording = {
    200: RecordingView,
    404: { ...ProblemView, description: "No recording is being made (RFC 9457)" },
    default: ProblemView,
  };
  const none = (also = "") =>
    new Problem("not-found", `no recording is being made: POST /v1/recording begins one${also}`);
  app.post(
    "/v1/snapshot",
    {
      schema: {
        operationId: "snapshot",
        summary: "The token as it is, to be put back later. It holds the token's secrets",
        response: { 200: SnapshotView, default: ProblemView },
      },
    },
    () => engine.snapshot(),
  );
  app.put(
    "/v1/snapshot",
    {
      bodyLimit: SNAPSHOT_LIMIT,
      schema: {
        operationId: "restore",
        summary: "Makes the token what it was. Keys that wait to be pressed are forgotten",
        body: SnapshotView,
        response: nothing,
      },
    },
    async (request, reply) => {
      await engine.restore(request.body as Snapshot);
      return reply.code(204).send(null);
    },
  );
  app.post(
    "/v1/recording",
    {
      schema: {
        operationId: "startRecording",
        summary:
          "Takes the power away, gives it back, and writes down what is done from then on. Fingers leave their keys, and a cut to come is disarmed",
        response: nothing,
      },
    },
    async (_, reply) => {
      await engine.startRecording();
      return reply.code(204).send(null);
    },
  );
  app.get(
    "/v1/recording",
    {
      schema: {
        operationId: "recording",
        summary: "What was written down so far; or the recording that ended last, until another begins",
        response: recording,
      },
    },
    async () => {
      // A copy, each time.
      const soFar = engine.recording ?? engine.ended;
      if (soFar !== undefined) return soFar;
      throw (await engine.isRecording()) ? new Problem("conflict", "the recording begins or ends just now") : none();
    },
  );
  app.delete(
    "/v1/recording",
    {
      schema: {
        operationId: "stopRecording",
        summary: "Ends the recording and gives it. It holds the token's secrets",
        description: "If the answer gets lost, `GET` gives it again, until another recording begins.",
        response: recording,
      },
    },
    async () => {
      if (await engine.isRecording()) return engine.stopRecording();
      throw none(engine.ended && ", and GET /v1/recording gives the last one");
    },
  );
  app.post(
    "/v1/recording/replay",
    {
      bodyLimit: RECORDING_LIMIT,
      schema: {
        operationId: "replay",
        summary: "Plays a recording and expects its screens",
        description:
          "Flash, clock, battery, faults of the line and time become those of the recording. Other requests wait, but for those that only look, and for `POST /v1/power/off`, which ends it with `no-power`. A request that is broken off ends it, too. At its end, or at the first screen that is another, the token stays as it then is, and time goes on at the speed that it had. It must be of a token of this serial number; nothing has changed where it is refused as invalid before its first step. Where a screen is another the problem is `mismatch`, with `step` (0 for the first screen), `what`, and the lines `expected` and `actual`.",
        body: RecordingView,
        response: nothing,
      },
    },
    async (request, reply) => {
      try {
        await engine.replay(request.body as Recording, { signal: leaving(reply) });
      } catch (error) {
        if (!(error instanceof RecordingMismatch)) throw error;
        const { step, what, expected, actual } = error;
        throw new Problem("mismatch", error.message, { step, what, expected, actual });
      }
      return reply.code(204).send(null);
    },
  );
}
