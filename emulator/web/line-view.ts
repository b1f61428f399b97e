/** What host and token say to each other, frame by frame, with its meaning. */
import { h } from "preact";
import { useContext } from "preact/hooks";
import { hex } from "./decode/entry.ts";
import { Button, Row, Said } from "./form.ts";
import { LanguageContext, useSay } from "./hooks.ts";
import type { NumberedEntry, Session } from "./session.ts";
import { sayStatus } from "./strings.ts";

export interface LineViewProps {
  session: Session;
  /** Asks the token who it is. */
  onAsk: () => void;
}

export function LineView({ session, onAsk }: LineViewProps) {
  const say = useSay();
  const { entries } = session;
  return h("section", { class: "line", "aria-labelledby": "line-title" }, [
    h("h2", { id: "line-title" }, say("line")),
    h("p", { class: "note" }, say("lineHint")),
    h("div", { class: "row" }, [
      h(Button, { onPress: onAsk, disabled: !session.power.on, children: say("askInformation") }),
      h(Button, {
        onPress: () => session.clearEntries(),
        disabled: entries.length === 0,
        children: say("clearLine"),
      }),
    ]),
    h(Said, { session, place: "line" }),
    entries.length === 0
      ? h("p", { class: "empty" }, say("lineEmpty"))
      : h(
          "ol",
          { class: "entries", reversed: true },
          entries.map((entry) => h(Entry, { key: entry.number, entry })),
        ),
  ]);
}

function Entry({ entry }: { entry: NumberedEntry }) {
  const say = useSay();
  const language = useContext(LanguageContext);
  const { direction, name, meaning, statusWord, secured, fields, payload, sequence, physical } = entry;
  const inward = direction === "to-token";
  const fault = statusWord !== undefined && statusWord !== 0x9000;
  return h(
    "li",
    { class: inward ? "entry to-token" : "entry to-host" },
    h("details", {}, [
      h("summary", {}, [
        h(
          "span",
          { class: "arrow", role: "img", "aria-label": say(inward ? "hostToToken" : "tokenToHost") },
          inward ? "→" : "←",
        ),
        h("span", { class: "what" }, [
          h("span", { class: "command" }, name),
          " ",
          h("span", { class: "meaning" }, say(meaning)),
        ]),
        physical && h("span", { class: "badge" }, say("physicalBadge")),
        secured && h("span", { class: "badge secured" }, say("secured")),
        statusWord !== undefined &&
          h("span", { class: fault ? "badge fault" : "badge done" }, sayStatus(language, statusWord)),
      ]),
      h("dl", {}, [
        sequence !== undefined && h(Row, { name: say("sequence"), value: String(sequence) }),
        ...fields.map((field) =>
          h(Row, { name: say(field.label), value: field.word === undefined ? field.value : say(field.word) }),
        ),
        payload.length > 0 && h(Row, { name: say("payload"), value: hex(payload) }),
      ]),
    ]),
  );
}
