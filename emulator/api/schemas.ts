/** The shapes of the API, each the engine's own (`engine.ts`) in JSON: bytes are Base64, or Latin-1 text where they are a line's. */
import { type Static, Type } from "typebox";
import { MOST_BYTES } from "../fast/check.ts";

const closed = { additionalProperties: false } as const;
const described = (description: string) => ({ description });

export const EngineView = Type.Object({
  name: Type.Union([Type.Literal("fast"), Type.Literal("espruino"), Type.Literal("mcu")]),
  serial: Type.String(),
  seed: Type.Integer(described("Of all that is random, as it was booted with: `--seed` repeats the run")),
  manifest: Type.Any(described("The bundle's manifest")),
  capabilities: Type.Object({
    timeTravel: Type.Boolean(described("Any span of time passes in a moment, not in the time that the engine needs")),
    advance: Type.Boolean(described("`POST /v1/clock/advance` lets time pass")),
    speed: Type.Boolean(),
    drift: Type.Boolean(described("`driftPpm` and `temperatures` can be set")),
    replay: Type.Boolean(described("Recordings are played; every engine makes them")),
    snapshot: Type.Boolean(),
    flashFaults: Type.Boolean(),
    serialFaults: Type.Boolean(),
    sound: Type.Boolean(described("The buzzer is heard: `sound` in `/v1/frames`")),
  }),
  recording: Type.Boolean(described("A recording is being made: `DELETE /v1/recording` ends it")),
});

export const ScreenView = Type.Object({
  on: Type.Boolean(),
  width: Type.Integer(),
  height: Type.Integer(),
  lines: Type.Array(Type.Object({ text: Type.String(), inverted: Type.Boolean() })),
  pixels: Type.String(described("Base64: pages of eight rows, `width` bytes each, bit 0 on top")),
  frame: Type.Integer(described("Counts pictures that differ")),
});
export type ScreenView = Static<typeof ScreenView>;

export const Picture = Type.Object({ scale: Type.Optional(Type.Integer({ minimum: 1, maximum: 16 })) }, closed);

export const KeyName = Type.Object({ key: Type.String() });

export const Press = Type.Object(
  {
    press: Type.Array(Type.String(), { maxItems: 1000, description: "Names of keys, one after the other" }),
    holdMs: Type.Optional(Type.Number(described("Milliseconds that each key is held"))),
    gapMs: Type.Optional(Type.Number(described("Milliseconds after each release"))),
    bounceMs: Type.Optional(Type.Number(described("Milliseconds of contact bounce at each edge, at most 1000"))),
  },
  closed,
);

const clockSettings = {
  unixTime: Type.Number(described("What the clock chip shows, Unix seconds")),
  speed: Type.Number(described("0 is frozen, 1 is real time")),
  driftPpm: Type.Number(),
  temperatures: Type.Array(Type.Number(), described("Degrees Celsius over a day, spread evenly")),
};
export const ClockView = Type.Object({
  ...clockSettings,
  lostPower: Type.Boolean(),
  timeMs: Type.Number(described("Milliseconds of the engine's time since it was made")),
  cycles: Type.Optional(Type.Integer(described("The same in cycles of the simulated chip; of the engine `mcu` alone"))),
});
export const ClockChange = Type.Partial(Type.Object(clockSettings), closed);
export const Advance = Type.Object({ ms: Type.Number() }, closed);

export const PowerView = Type.Object({
  on: Type.Boolean(),
  cutAtFlashOperation: Type.Optional(
    Type.Integer(described("Number of the operation at which power will be lost; flashOperations + 1 is the next")),
  ),
  flashOperations: Type.Integer(),
  batteryVolts: Type.Number(),
});
export const Cut = Type.Object(
  {
    operation: Type.Integer(described("1 is the next erase or write of flash; 0 disarms")),
    tear: Type.Optional(Type.Number(described("Each bit that should change does so with this probability"))),
  },
  closed,
);
export const Battery = Type.Object({ volts: Type.Number() }, closed);

export const Flip = Type.Object({ bits: Type.Array(Type.Integer(), described("At most 65536")) }, closed);

export const Bytes = Type.Object(
  { text: Type.String(described(`One character a byte, up to U+00FF; at most ${MOST_BYTES}`)) },
  closed,
);
export const Faults = Type.Object(
  {
    faults: Type.Array(
      Type.Object(
        {
          direction: Type.Union([Type.Literal("to-token"), Type.Literal("to-host")]),
          kind: Type.Union([
            Type.Literal("drop"),
            Type.Literal("duplicate"),
            Type.Literal("corrupt"),
            Type.Literal("delay"),
          ]),
          every: Type.Integer(),
          count: Type.Optional(Type.Integer()),
          delayMs: Type.Optional(Type.Number()),
        },
        closed,
      ),
    ),
  },
  closed,
);

export const SnapshotView = Type.Object({
  version: Type.Integer(),
  board: Type.String(),
  data: Type.String(described("Base64")),
  sha256: Type.String(),
});

export const RecordingView = Type.Object({
  format: Type.String(),
  version: Type.Integer(),
  board: Type.String(),
  serial: Type.String(),
  start: Type.Any(
    described("The token without power: flash (pages in Base64), clock, battery, line, time, random numbers"),
  ),
  screen: Type.Array(Type.String()),
  steps: Type.Array(
    Type.Object({
      beganUs: Type.Integer(described("Microseconds of the token's time, since the recording began")),
      endedUs: Type.Integer(),
      call: Type.String(),
      arguments: Type.Array(Type.Any()),
      fault: Type.Optional(Type.String()),
      screen: Type.Optional(Type.Array(Type.String())),
    }),
  ),
});

export const ProblemView = Type.Object(
  {
    type: Type.String(described("urn:ochre:problem:<name>")),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.Optional(Type.String()),
  },
  described("RFC 9457"),
);
