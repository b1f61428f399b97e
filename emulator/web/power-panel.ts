/** Power: on and off, cuts in the middle of writing, the battery. */
import { h } from "preact";
import type { Engine } from "../engine.ts";
import { Button, Field, Form, numberIn, Panel, Said } from "./form.ts";
import { useSay } from "./hooks.ts";
import { isFlat, type Session } from "./session.ts";

export function PowerPanel({ session, open }: { session: Session; open: boolean }) {
  const say = useSay();
  const { power, engine } = session;

  const arm = (data: FormData) => {
    const operation = numberIn(data, "operation");
    const tear = numberIn(data, "tear");
    return operation === undefined ? undefined : (on: Engine) => on.cutAtFlashOperation(operation, tear || undefined);
  };
  const battery = (data: FormData) => {
    const volts = numberIn(data, "volts");
    return volts === undefined ? undefined : (on: Engine) => on.setBattery(volts);
  };
  const asked = { place: "power", expects: "refused" } as const;
  const flat = isFlat(power);

  return h(Panel, {
    title: say("power"),
    hint: say(engine.capabilities.flashFaults ? "powerHint" : "powerHintPlain"),
    open,
    children: [
      h("div", { class: "row" }, [
        h(
          "p",
          { class: power.on ? "state on" : "state off" },
          say(power.on ? "powerIsOn" : flat ? "powerIsFlat" : "powerIsOff"),
        ),
        h(Button, {
          primary: !power.on,
          onPress: () => void session.act((on) => (power.on ? on.powerOff() : on.powerOn()), asked),
          children: say(power.on ? "cutPower" : "restorePower"),
        }),
      ]),
      h(Said, { session, place: "power" }),
      h(Form, {
        session,
        name: "battery",
        expects: "expectsVolts",
        read: battery,
        children: [
          h(Field, { label: say("battery"), name: "volts", value: power.batteryVolts, step: "any", follows: true }),
          h(Button, { children: say("set") }),
        ],
      }),
      engine.capabilities.flashFaults &&
        h(Form, {
          session,
          name: "cut",
          expects: "expectsOperation",
          read: arm,
          children: [
            h(Field, { label: say("cutAt"), name: "operation", value: 1, min: 1 }),
            h(Field, { label: say("tear"), name: "tear", min: 0, max: 1, step: "any" }),
            h(Button, { children: say("arm") }),
            power.cutAtFlashOperation !== undefined &&
              h(Button, {
                onPress: () => void session.act((on) => on.cutAtFlashOperation(0)),
                children: say("disarm"),
              }),
          ],
        }),
      engine.capabilities.flashFaults && [
        h("p", { class: "note" }, say("flashOperations", { n: power.flashOperations })),
        h(
          "p",
          { class: "note warning", role: "status" },
          power.cutAtFlashOperation !== undefined && say("armed", { n: power.cutAtFlashOperation }),
        ),
      ],
    ],
  });
}
