/** A token that is plugged in: who it is, or why that can't be told. */
import { h } from "preact";
import { useRef, useState } from "preact/hooks";
import { askInformation } from "./ask.ts";
import type { Field } from "./decode/entry.ts";
import { LineDecoder } from "./decode/line-decoder.ts";
import { Button, Panel, Row, Said } from "./form.ts";
import { useSay } from "./hooks.ts";
import type { Notice, Session } from "./session.ts";
import type { StringKey } from "./strings.ts";
import { PhysicalToken, TOKEN_FILTER, type WebSerial, type WebSerialPort } from "./web-serial.ts";

const PLACE = "physical";

/** What a browser means when it gives no port, by the name of its DOMException. */
const NO_PORT: Record<string, StringKey> = { NotFoundError: "noPort", SecurityError: "portsForbidden" };

export function PhysicalPanel({ session, serial }: { session: Session; serial: WebSerial }) {
  const say = useSay();
  const [token, setToken] = useState<PhysicalToken>();
  const busy = useRef(false);
  const [fields, setFields] = useState<Field[]>();
  const tell = (key: StringKey, tone?: Notice["tone"]) => session.say({ key, tone, place: PLACE });
  const refuse = (key: StringKey, error: unknown) =>
    session.say({ key, detail: error instanceof Error ? error.message : String(error), place: PLACE });

  const connect = async () => {
    let port: WebSerialPort;
    try {
      port = await serial.requestPort({ filters: [TOKEN_FILTER] });
    } catch (error) {
      const known = NO_PORT[(error as Error).name];
      return known === undefined ? refuse("portsForbidden", error) : tell(known);
    }
    const decoder = new LineDecoder();
    let opened: PhysicalToken;
    try {
      opened = await PhysicalToken.open(port, (way, text) => session.heard(decoder, way, text, true));
    } catch (error) {
      return refuse("portTaken", error);
    }
    setToken(opened);
    tell("asking", "plain");
    const unplugged = opened.ended.then(() => "unplugged" as const);
    // A line that takes no bytes is that of a token that is gone.
    const answer = await Promise.race([askInformation(opened).catch(() => unplugged), unplugged]);
    if (answer !== "unplugged" && "fields" in answer) {
      setFields(answer.fields);
      session.say(undefined);
      await unplugged;
    }
    const ending = opened.closedHere ? "disconnected" : "unplugged";
    await opened.close();
    setToken(undefined);
    setFields(undefined);
    if (answer !== "unplugged" && "fault" in answer) tell(answer.fault);
    else tell(ending, "plain");
  };
  const connectOnce = async () => {
    if (busy.current) return;
    busy.current = true;
    await connect();
    busy.current = false;
  };

  return h(Panel, {
    title: say("physical"),
    hint: say("physicalHint"),
    children: [
      h("p", { class: "note" }, say("physicalNote")),
      h(
        "div",
        { class: "row" },
        token === undefined
          ? h(Button, { primary: true, onPress: () => void connectOnce(), children: say("connect") })
          : h(Button, { onPress: () => void token.close(), children: say("disconnect") }),
      ),
      h(Said, { session, place: PLACE }),
      fields !== undefined &&
        h(
          "dl",
          { class: "information" },
          fields.map(({ label, value, word }) =>
            h(Row, { key: label, name: say(label), value: word === undefined ? value : say(word) }),
          ),
        ),
    ],
  });
}
