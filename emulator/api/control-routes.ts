/** What happens to the token: its time, its power, its flash, its line. */
import { type TSchema, Type } from "typebox";
import type { Engine } from "../engine.ts";
import { MOST_BYTES } from "../fast/check.ts";
import type { Api } from "./app.ts";
import { leaving } from "./leaving.ts";
import { Problem } from "./problem.ts";
import {
  Advance,
  Battery,
  Bytes,
  ClockChange,
  ClockView,
  Cut,
  Faults,
  Flip,
  PowerView,
  ProblemView,
} from "./schemas.ts";
import { URGENT } from "./screen-routes.ts";

/** Bytes of JSON: as many as the most bytes for the line may take, each escaped. */
const SERIAL_LIMIT = 6 * MOST_BYTES + 1024;
const BINARY = "application/octet-stream";
const binary = { content: { [BINARY]: { schema: Type.Unsafe<Uint8Array>({ type: "string", format: "binary" }) } } };

export function controlRoutes(app: Api, engine: Engine): void {
  const describe = <R extends TSchema>(operationId: string, summary: string, response: R) => ({
    operationId,
    summary,
    response: { 200: response, default: ProblemView },
  });
  const nothing = (operationId: string, summary: string) => ({
    operationId,
    summary,
    response: { 204: Type.Null(), default: ProblemView },
  });

  app.get("/v1/clock", { schema: describe("clock", "The clock chip and the engine's time", ClockView) }, () =>
    engine.clock(URGENT),
  );
  app.patch(
    "/v1/clock",
    {
      schema: {
        ...describe("setClock", "Sets the clock chip, its crystal, or how fast time passes", ClockView),
        body: ClockChange,
      },
    },
    async (request) => {
      await engine.setClock(request.body);
      return engine.clock();
    },
  );
  app.post(
    "/v1/clock/advance",
    {
      schema: {
        ...describe("advance", "Lets time pass", ClockView),
        description:
          "Every request that comes during a long one is answered after it, with what it left; but those that only look (`GET`, other than the flash) and `POST /v1/power/off` come in its midst. A request that is broken off before its answer ends there, and the token stays at the time that it has come to; but while a recording is made, each is carried out to its end, one after the other. Where something keeps the token awake, like a key that is held, the engine `fast` ends it with `failed` after three million callbacks (three hours of a held key), and the token stays at the time that it has come to.",
        body: Advance,
      },
    },
    async (request, reply) => {
      await engine.advance(request.body.ms, { signal: leaving(reply) });
      return engine.clock();
    },
  );

  app.get("/v1/power", { schema: describe("power", "Power, battery, and a cut to come", PowerView) }, () =>
    engine.power(URGENT),
  );
  app.post("/v1/power/on", { schema: describe("powerOn", "Gives the token its power", PowerView) }, async () => {
    await engine.powerOn();
    return engine.power();
  });
  app.post(
    "/v1/power/off",
    {
      schema: {
        ...describe("powerOff", "Takes the power away, now; keys that wait to be pressed are forgotten", PowerView),
        description: "While a recording is made, the calls before it are carried out first.",
      },
    },
    async () => {
      await engine.powerOff(URGENT);
      return engine.power(URGENT);
    },
  );
  app.post(
    "/v1/power/cut",
    {
      schema: {
        ...describe("cutAtFlashOperation", "Takes the power away at a flash operation to come", PowerView),
        body: Cut,
      },
    },
    async (request) => {
      await engine.cutAtFlashOperation(request.body.operation, request.body.tear);
      return engine.power();
    },
  );
  app.put(
    "/v1/power/battery",
    { schema: { ...describe("setBattery", "Sets the battery's voltage", PowerView), body: Battery } },
    async (request) => {
      await engine.setBattery(request.body.volts);
      return engine.power();
    },
  );

  app.get(
    "/v1/flash",
    {
      schema: {
        operationId: "dumpFlash",
        summary: "All bytes of the flash",
        response: { 200: binary, default: ProblemView },
      },
    },
    async (_, reply) => reply.type(BINARY).send(Buffer.from(await engine.dumpFlash())),
  );
  app.put(
    "/v1/flash",
    {
      schema: { ...nothing("loadFlash", "Puts other contents into the flash; only without power"), consumes: [BINARY] },
    },
    async (request, reply) => {
      if (!Buffer.isBuffer(request.body) || request.body.length === 0)
        throw new Problem("invalid-request", `the body is missing: flash comes as ${BINARY}`);
      await engine.loadFlash(new Uint8Array(request.body));
      return reply.code(204).send(null);
    },
  );
  app.post(
    "/v1/flash/flip",
    { schema: { ...nothing("flipFlashBits", "Turns bits over, numbered from bit 0 of byte 0"), body: Flip } },
    async (request, reply) => {
      await engine.flipFlashBits(request.body.bits);
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/v1/serial",
    {
      bodyLimit: SERIAL_LIMIT,
      schema: {
        ...nothing("send", "Bytes from a host, past the serial port"),
        description: `At most ${MOST_BYTES} in one request. Without power they are refused.`,
        body: Bytes,
      },
    },
    async (request, reply) => {
      await engine.send(request.body.text);
      return reply.code(204).send(null);
    },
  );
  app.get(
    "/v1/serial/faults",
    { schema: describe("serialFaults", "The faults that still hit bytes, each with the count that is left", Faults) },
    async () => ({ faults: await engine.serialFaults(URGENT) }),
  );
  app.put(
    "/v1/serial/faults",
    {
      schema: {
        ...nothing("setSerialFaults", "What happens to bytes on the line from now on, in place of what did"),
        body: Faults,
      },
    },
    async (request, reply) => {
      await engine.setSerialFaults(request.body.faults);
      return reply.code(204).send(null);
    },
  );
}
