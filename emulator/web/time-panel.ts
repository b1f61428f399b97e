/** Time: what the token's clock shows, how fast it passes, and leaps. */
import { h } from "preact";
import { useContext, useState } from "preact/hooks";
import type { Engine } from "../engine.ts";
import type { PageLanguage } from "./embedded.ts";
import { Button, Choice, Field, Form, numberIn, Panel } from "./form.ts";
import { LanguageContext, useSay } from "./hooks.ts";
import type { Session } from "./session.ts";
import type { StringKey } from "./strings.ts";

const SPEEDS = [0, 1, 10, 60, 3600];
const SECOND = 1000;
const UNITS: [StringKey, number][] = [
  ["seconds", SECOND],
  ["minutes", 60 * SECOND],
  ["hours", 3600 * SECOND],
  ["days", 86_400 * SECOND],
  ["years", 365.25 * 86_400 * SECOND],
];
/** Of an engine that needs as long as the span is, or longer. */
const UNITS_TO_WAIT_FOR = 2;

export function TimePanel({ session, open }: { session: Session; open: boolean }) {
  const say = useSay();
  const language = useContext(LanguageContext);
  const { clock, engine } = session;
  const { timeTravel, advance: advances, speed, drift: drifts } = engine.capabilities;
  const hasClock = engine.manifest.clock !== undefined;
  const shown = new Date(clock.unixTime * 1000);
  // As it was at first: a field must not change under the fingers.
  const [now] = useState(() => new Date().toISOString().slice(0, 19));
  const speeds = [...new Set([...SPEEDS, clock.speed])].sort((a, b) => a - b);

  const advance = (data: FormData) => {
    const span = numberIn(data, "span");
    return span === undefined ? undefined : (on: Engine) => on.advance(span * Number(data.get("unit")));
  };
  const set = (data: FormData) => {
    const time = Date.parse(`${data.get("time")}Z`);
    return Number.isNaN(time) ? undefined : (on: Engine) => on.setClock({ unixTime: time / 1000 });
  };
  const drift = (data: FormData) => {
    const driftPpm = numberIn(data, "drift");
    return driftPpm === undefined ? undefined : (on: Engine) => on.setClock({ driftPpm });
  };
  const temperatures = (data: FormData) => {
    const degrees = String(data.get("temperatures"))
      .split(/[\s;,]+/)
      .filter((text) => text !== "")
      .map(Number);
    return degrees.some(Number.isNaN) ? undefined : (on: Engine) => on.setClock({ temperatures: degrees });
  };

  return h(Panel, {
    title: say("time"),
    hint: say(timeTravel ? "timeHint" : "timeHintSlow"),
    open,
    children: [
      h("div", { class: "row" }, [
        hasClock &&
          h("p", { class: "reading" }, [
            h("span", { class: "name" }, say("tokenClock")),
            h("time", { dateTime: shown.toISOString() }, timeText(shown, language)),
          ]),
        speed &&
          h(Choice, {
            label: say("flow"),
            value: String(clock.speed),
            options: speeds.map((speed) => ({ value: String(speed), text: speedText(speed) })),
            onChange: (value: string) => void session.act((on) => on.setClock({ speed: Number(value) })),
          }),
      ]),
      clock.lostPower &&
        h("p", { class: hasClock ? "note warning" : "note" }, say(hasClock ? "clockLostPower" : "noClockChip")),
      !timeTravel && h("p", { class: "note" }, say(advances ? "slowTime" : "ownTime")),
      advances &&
        h(Form, {
          session,
          name: "advance",
          expects: "expectsSpan",
          read: advance,
          children: [
            h(Field, { label: say("advanceBy"), name: "span", value: 30, min: 0, step: "any" }),
            h(Choice, {
              label: say("unit"),
              name: "unit",
              options: (timeTravel ? UNITS : UNITS.slice(0, UNITS_TO_WAIT_FOR)).map(([key, ms]) => ({
                value: String(ms),
                text: say(key),
              })),
            }),
            h(Button, { primary: true, children: say("advance") }),
          ],
        }),
      hasClock &&
        h(Form, {
          session,
          name: "clock",
          expects: "expectsTime",
          read: set,
          children: [
            h(Field, { label: say("setTo"), name: "time", type: "datetime-local", step: 1, width: "wide", value: now }),
            h(Button, { children: say("set") }),
            h(Button, {
              onPress: () => void session.act((on) => on.setClock({ unixTime: Date.now() / 1000 })),
              children: say("setToNow"),
            }),
          ],
        }),
      drifts &&
        h("div", { class: "beside" }, [
          h(Form, {
            session,
            name: "drift",
            expects: "expectsDrift",
            read: drift,
            children: [
              h(Field, { label: say("drift"), name: "drift", value: clock.driftPpm, step: "any", follows: true }),
              h(Button, { children: say("set") }),
            ],
          }),
          h(Form, {
            session,
            name: "temperatures",
            expects: "expectsTemperatures",
            read: temperatures,
            children: [
              h(Field, {
                label: say("temperatures"),
                name: "temperatures",
                type: "text",
                value: clock.temperatures.join(" "),
                follows: true,
              }),
              h(Button, { children: say("set") }),
            ],
          }),
        ]),
    ],
  });

  function speedText(speed: number): string {
    if (speed === 0) return say("frozen");
    return speed === 1 ? say("realTime") : say("timesFaster", { n: speed });
  }
}

/** In UTC, as the field below it takes it. */
function timeText(time: Date, language: PageLanguage): string {
  return new Intl.DateTimeFormat(language, {
    dateStyle: "medium",
    timeStyle: "long",
    hourCycle: "h23",
    timeZone: "UTC",
  }).format(time);
}
