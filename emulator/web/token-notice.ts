/** Below the token: how to type, or why it does nothing, and what helps. Room for it is there at all times, so that nothing moves. */
import { h } from "preact";
import type { Engine } from "../engine.ts";
import { FRESH_BATTERY, LOWEST_VOLTS } from "../machine/machine.ts";
import { Button, Said } from "./form.ts";
import { useSay } from "./hooks.ts";
import { isFlat, type Session } from "./session.ts";

/** @param onPowered told when power was given from here: the button is gone then */
export function TokenNotice({ session, onPowered }: { session: Session; onPowered: () => void }) {
  const say = useSay();
  const { power, screen, lost, powerMissed } = session;
  const flat = isFlat(power);
  const restore = async () => {
    const give = async (on: Engine) => {
      if (flat) await on.setBattery(FRESH_BATTERY);
      await on.powerOn();
    };
    if (await session.act(give, { place: "token", expects: "refused" })) onPowered();
  };
  const trouble = lost ? "lost" : power.on ? undefined : flat ? "batteryFlat" : powerMissed ? "noPowerKeys" : "noPower";
  const volts = { volts: power.batteryVolts, lowest: LOWEST_VOLTS };
  return h("div", { class: "token-notice" }, [
    h("div", { class: "trouble" }, [
      h("div", { role: "status" }, trouble !== undefined && h("p", {}, say(trouble, volts))),
      trouble !== undefined &&
        !lost &&
        h(Button, { primary: true, onPress: restore, children: say(flat ? "freshCells" : "powerOn") }),
    ]),
    h(Said, { session, place: "token" }),
    trouble === undefined && !screen.on && h("p", { class: "hint asleep" }, say("asleep")),
    h(
      "p",
      { class: trouble === undefined && screen.on ? "hint" : "hint visually-hidden", id: "type-hint" },
      say("pins" in session.engine.manifest.keypad ? "typeHintButtons" : "typeHint"),
    ),
  ]);
}
