/** Faults: on the serial line, and in the flash. */
import { h } from "preact";
import type { Engine, SerialFault } from "../engine.ts";
import { Button, Choice, Field, Form, numberIn, Panel } from "./form.ts";
import { useSay } from "./hooks.ts";
import type { Session } from "./session.ts";
import type { StringKey } from "./strings.ts";

const DIRECTIONS: Record<SerialFault["direction"], StringKey> = { "to-token": "toToken", "to-host": "toHost" };
const KINDS: SerialFault["kind"][] = ["drop", "duplicate", "corrupt", "delay"];

export function FaultsPanel({ session }: { session: Session }) {
  const say = useSay();
  const { serialFaults, flashFaults } = session.engine.capabilities;

  const change = (faults: SerialFault[]) => (on: Engine) => on.setSerialFaults(faults);
  const add = (data: FormData) => {
    const every = numberIn(data, "every");
    if (every === undefined) return undefined;
    const fault: SerialFault = {
      direction: data.get("direction") as SerialFault["direction"],
      kind: data.get("kind") as SerialFault["kind"],
      every,
    };
    const count = numberIn(data, "count");
    if (count !== undefined) fault.count = count;
    const delayMs = numberIn(data, "delayMs");
    if (fault.kind === "delay" && delayMs !== undefined) fault.delayMs = delayMs;
    return change([...session.serialFaults, fault]);
  };
  const keys = session.engine.manifest.keypad.legend.flat().filter((key) => key !== "");
  const press = (data: FormData) => {
    const [holdMs, bounceMs] = [numberIn(data, "holdMs"), numberIn(data, "bounceMs")];
    if (holdMs === undefined || bounceMs === undefined) return undefined;
    return (on: Engine) => on.press([String(data.get("key"))], { holdMs, bounceMs });
  };
  const flip = (data: FormData) => {
    const bits = String(data.get("bits") ?? "")
      .split(",")
      .map((bit) => bit.trim());
    return bits.every((bit) => /^\d+$/.test(bit)) ? (on: Engine) => on.flipFlashBits(bits.map(Number)) : undefined;
  };

  return h(Panel, {
    title: say("faults"),
    hint: say(flashFaults ? "faultsHint" : "faultsHintLine"),
    children: [
      serialFaults && h("h3", {}, say("serialFaults")),
      serialFaults &&
        h(Form, {
          session,
          name: "serial-faults",
          expects: "expectsFault",
          read: add,
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
            h(Field, { label: say("times"), name: "count", min: 1 }),
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
                session.serialFaults.map((fault, index) => h("li", { key: index }, faultLine(fault))),
              ),
        ),
      serialFaults &&
        h(Button, {
          onPress: () => void session.act(change([])),
          disabled: session.serialFaults.length === 0,
          children: say("removeAll"),
        }),
      h(Form, {
        session,
        name: "contact",
        expects: "expectsPress",
        done: "pressed",
        read: press,
        children: [
          h(Choice, {
            label: say("keyToPress"),
            name: "key",
            options: keys.map((key) => ({ value: key, text: key })),
          }),
          h(Field, { label: say("holdMs"), name: "holdMs", value: 300, min: 0 }),
          h(Field, { label: say("bounceMs"), name: "bounceMs", value: 15, min: 0, max: 1000 }),
          h(Button, { children: say("pressIt") }),
        ],
      }),
      flashFaults &&
        h(Form, {
          session,
          name: "flip",
          expects: "expectsBits",
          done: "flipped",
          read: flip,
          children: [
            h(Field, { label: say("flipBits"), name: "bits", type: "text", value: "0, 9", width: "wide" }),
            h(Button, { children: say("flip") }),
          ],
        }),
    ],
  });

  function faultLine({ kind, direction, every, count, delayMs }: SerialFault): string {
    const parts = [say("faultLine", { kind: say(kind), direction: say(DIRECTIONS[direction]), every })];
    if (kind === "delay") parts.push(say("faultDelay", { n: delayMs ?? 0 }));
    if (count !== undefined) parts.push(say("faultCount", { n: count }));
    return parts.join(", ");
  }
}
