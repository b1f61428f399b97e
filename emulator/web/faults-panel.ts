/** Faults: on the serial line, and in the flash. */
import { h } from "preact";
import type { SerialFault } from "../engine.ts";
import { Button, Choice, Field, Form, numberIn, Panel } from "./form.ts";
import { useSay } from "./hooks.ts";
import type { Session } from "./session.ts";
import type { StringKey } from "./strings.ts";

const DIRECTIONS: Record<SerialFault["direction"], StringKey> = { "to-token": "toToken", "to-host": "toHost" };
const KINDS: SerialFault["kind"][] = ["drop", "duplicate", "corrupt", "delay"];

export function FaultsPanel({ session }: { session: Session }) {
  const say = useSay();
  const { serialFaults, flashFaults } = session.engine.capabilities;

  const change = async (faults: SerialFault[]) => {
    if (await session.act((on) => on.setSerialFaults(faults))) {
      session.serialFaults = faults;
      session.say(undefined);
    }
  };
  const add = (data: FormData) => {
    const every = numberIn(data, "every");
    if (every === undefined) return session.say({ key: "notANumber" });
    const fault: SerialFault = {
      direction: data.get("direction") as SerialFault["direction"],
      kind: data.get("kind") as SerialFault["kind"],
      every,
    };
    const delayMs = numberIn(data, "delayMs");
    if (fault.kind === "delay" && delayMs !== undefined) fault.delayMs = delayMs;
    void change([...session.serialFaults, fault]);
  };
  const flip = (data: FormData) => {
    const bits = String(data.get("bits") ?? "")
      .split(",")
      .map((bit) => bit.trim());
    if (!bits.every((bit) => /^\d+$/.test(bit))) return session.say({ key: "notNumbers" });
    void session.act((on) => on.flipFlashBits(bits.map(Number)));
  };

  return h(Panel, {
    title: say("faults"),
    children: [
      serialFaults && h("h3", {}, say("serialFaults")),
      serialFaults &&
        h(Form, {
          onSend: add,
          children: [
            h(Choice, {
              label: say("direction"),
              name: "direction",
              options: Object.entries(DIRECTIONS).map(([value, key]) => ({ value, text: say(key) })),
            }),
            h(Choice, {
              label: say("kind"),
              name: "kind",
              options: KINDS.map((kind) => ({ value: kind, text: say(kind) })),
            }),
            h(Field, { label: say("every"), name: "every", value: 10, min: 1 }),
            h(Field, { label: say("delayMs"), name: "delayMs", value: 100, min: 0 }),
            h(Button, { children: say("add") }),
          ],
        }),
      serialFaults &&
        h(
          "div",
          { role: "status" },
          session.serialFaults.length === 0
            ? h("p", { class: "note" }, say("noFaults"))
            : h(
                "ul",
                { class: "note" },
                session.serialFaults.map(({ kind, direction, every }, index) =>
                  h(
                    "li",
                    { key: index },
                    say("faultLine", { kind: say(kind), direction: say(DIRECTIONS[direction]), every }),
                  ),
                ),
              ),
        ),
      session.serialFaults.length > 0 && h(Button, { onPress: () => void change([]), children: say("removeAll") }),
      flashFaults &&
        h(Form, {
          onSend: flip,
          children: [
            h(Field, { label: say("flipBits"), name: "bits", type: "text", value: "0, 9", width: "wide" }),
            h(Button, { children: say("flip") }),
          ],
        }),
    ],
  });
}
