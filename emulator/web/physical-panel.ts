/** A token that is plugged in: who it is. */
import { h } from "preact";
import { useState } from "preact/hooks";
import { askInformation } from "./ask.ts";
import type { Field } from "./decode/entry.ts";
import { LineDecoder } from "./decode/line-decoder.ts";
import { Button, Panel } from "./form.ts";
import { useSay } from "./hooks.ts";
import type { Session } from "./session.ts";
import { PhysicalToken, TOKEN_FILTER, type WebSerial } from "./web-serial.ts";

export function PhysicalPanel({ session, serial }: { session: Session; serial: WebSerial }) {
  const say = useSay();
  const [token, setToken] = useState<PhysicalToken>();
  const [fields, setFields] = useState<Field[]>();

  const connect = async () => {
    try {
      const port = await serial.requestPort({ filters: [TOKEN_FILTER] });
      const decoder = new LineDecoder();
      const ended = () => {
        setToken(undefined);
        setFields(undefined);
      };
      const opened = await PhysicalToken.open(port, (way, text) => session.heard(decoder, way, text), ended);
      setToken(opened);
      const found = await askInformation(opened);
      setFields(found);
      session.say(found === undefined ? { key: "noAnswer" } : undefined);
    } catch (error) {
      // The visitor chose no port.
      if ((error as DOMException).name !== "NotFoundError") session.refuse(error);
    }
  };

  return h(Panel, {
    title: say("physical"),
    children: [
      h("p", { class: "note" }, say("physicalHint")),
      token === undefined
        ? h(Button, { primary: true, onPress: () => void connect(), children: say("connect") })
        : h(Button, { onPress: () => void token.close(), children: say("disconnect") }),
      fields !== undefined &&
        h(
          "dl",
          { class: "information" },
          fields.map(({ label, value, word }) =>
            h("div", { key: label }, h("dt", {}, say(label)), h("dd", {}, word === undefined ? value : say(word))),
          ),
        ),
    ],
  });
}
