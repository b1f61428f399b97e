/** Below the token: how to type, or why it does nothing, and what helps. Room for it is there at all times, so that nothing moves. */
import { h } from "preact";
import { Button, Said } from "./form.ts";
import { useSay } from "./hooks.ts";
import type { Session } from "./session.ts";

/** @param onPowered told when power was given from here: the button is gone then */
export function TokenNotice({ session, onPowered }: { session: Session; onPowered: () => void }) {
  const say = useSay();
  const { power, screen, lost, powerMissed } = session;
  const restore = async () => {
    if (await session.act((on) => on.powerOn(), { place: "token", expects: "batteryTooLow" })) onPowered();
  };
  const trouble = lost ? "lost" : power.on ? undefined : powerMissed ? "noPowerKeys" : "noPower";
  return h("div", { class: "token-notice" }, [
    h("div", { class: "trouble" }, [
      h("div", { role: "status" }, trouble !== undefined && h("p", {}, say(trouble))),
      trouble !== undefined && !lost && h(Button, { primary: true, onPress: restore, children: say("powerOn") }),
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
