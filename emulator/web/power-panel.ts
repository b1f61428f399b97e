/** Power: on and off, cuts in the middle of writing, the battery. */
import { h } from "preact";
import { Button, Field, Form, numberIn, Panel } from "./form.ts";
import { useSay } from "./hooks.ts";
import type { Session } from "./session.ts";

export function PowerPanel({ session, open }: { session: Session; open: boolean }) {
  const say = useSay();
  const { power, engine } = session;

  const arm = (data: FormData) => {
    const operation = numberIn(data, "operation");
    const tear = numberIn(data, "tear");
    if (operation === undefined) return session.say({ key: "notANumber" });
    void session.act((on) => on.cutAtFlashOperation(operation, tear || undefined));
  };
  const battery = (data: FormData) => {
    const volts = numberIn(data, "volts");
    if (volts === undefined) return session.say({ key: "notANumber" });
    void session.act((on) => on.setBattery(volts));
  };

  return h(Panel, {
    title: say("power"),
    open,
    children: [
      h("div", { class: "row" }, [
        h("p", { class: power.on ? "state on" : "state off" }, say(power.on ? "powerIsOn" : "powerIsOff")),
        h(Button, {
          primary: !power.on,
          onPress: () => void session.act((on) => (power.on ? on.powerOff() : on.powerOn())),
          children: say(power.on ? "cutPower" : "restorePower"),
        }),
      ]),
      h(Form, {
        onSend: battery,
        children: [
          h(Field, { label: say("battery"), name: "volts", value: power.batteryVolts, step: "any" }),
          h(Button, { children: say("set") }),
        ],
      }),
      engine.capabilities.flashFaults &&
        h(Form, {
          onSend: arm,
          children: [
            h(Field, { label: say("cutAt"), name: "operation", value: 1, min: 1 }),
            h(Field, { label: say("tear"), name: "tear", min: 0, max: 1, step: "any" }),
            h(Button, { children: say("arm") }),
          ],
        }),
      engine.capabilities.flashFaults &&
        h(
          "p",
          { class: "note", role: "status" },
          power.cutAtFlashOperation === undefined
            ? say("flashOperations", { n: power.flashOperations })
            : say("armed", { n: power.cutAtFlashOperation }),
        ),
    ],
  });
}
