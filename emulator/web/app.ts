/** The page around the token. */
import { h } from "preact";
import { useEffect, useState } from "preact/hooks";
import { askInformation, type HostLine } from "./ask.ts";
import type { PageLanguage, Stage } from "./embedded.ts";
import { FaultsPanel } from "./faults-panel.ts";
import { NoticeText } from "./form.ts";
import { Guide } from "./guide.ts";
import { LanguageContext, useSay, useSession } from "./hooks.ts";
import { LineView } from "./line-view.ts";
import { PhysicalPanel } from "./physical-panel.ts";
import { PowerPanel } from "./power-panel.ts";
import { rememberLanguage } from "./remembered.ts";
import type { Session } from "./session.ts";
import { SoundSwitch } from "./sound.ts";
import { StatePanel } from "./state-panel.ts";
import { say } from "./strings.ts";
import { TimePanel } from "./time-panel.ts";
import { TokenView } from "./token-view.ts";
import { webSerial } from "./web-serial.ts";

const LANGUAGES: [PageLanguage, string][] = [
  ["en", "English"],
  ["vi", "Tiếng Việt"],
];

export interface AppProps {
  session: Session;
  language: PageLanguage;
  /** How far the token is, where the page knows. */
  stage?: Stage;
}

export function App({ session, language: first, stage }: AppProps) {
  const [language, setLanguage] = useState(first);
  useEffect(() => {
    document.documentElement.lang = language;
    document.title = `${session.engine.serial} · ${say(language, "title")}`;
  }, [language, session]);
  const choose = (chosen: PageLanguage) => {
    setLanguage(chosen);
    rememberLanguage(chosen);
  };
  return h(LanguageContext.Provider, { value: language }, h(Page, { session, stage, language, choose }));
}

interface PageProps {
  session: Session;
  stage?: Stage;
  language: PageLanguage;
  choose: (language: PageLanguage) => void;
}

function Page({ session, stage, language, choose }: PageProps) {
  const say = useSay();
  useSession(session);
  const serial = webSerial();
  // A phone shows the token first, and the panels when they are asked for.
  const [wide] = useState(() => window.matchMedia("(min-width: 60rem)").matches);
  const elsewhere = session.notice();
  return [
    h("a", { class: "skip", href: "#token", key: "skip" }, say("skipToToken")),
    h("header", { key: "header" }, [
      h("div", { class: "about" }, h("h1", {}, say("title")), h("p", {}, say("tagline"))),
      session.engine.capabilities.sound && h(SoundSwitch, { session }),
      h(
        "div",
        { class: "languages", role: "group", "aria-label": say("language") },
        LANGUAGES.map(([code, name]) =>
          h(
            "button",
            {
              key: code,
              type: "button",
              lang: code,
              "aria-pressed": code === language ? "true" : "false",
              onClick: () => choose(code),
            },
            name,
          ),
        ),
      ),
    ]),
    h("main", { key: "main" }, [
      h("div", { class: "device" }, h(TokenView, { session })),
      h("div", { class: "panels" }, [
        h(
          "div",
          { role: "alert", class: "problem-place" },
          elsewhere !== undefined &&
            h("div", { class: "problem" }, [
              h(NoticeText, { notice: elsewhere }),
              h("button", { type: "button", class: "button", onClick: () => session.say(undefined) }, say("dismiss")),
            ]),
        ),
        h(Guide, { session, stage }),
        h(TimePanel, { session, open: wide }),
        h(PowerPanel, { session, open: wide }),
        h(FaultsPanel, { session }),
        h(StatePanel, { session }),
        serial !== undefined && h(PhysicalPanel, { session, serial }),
        h(LineView, { session, onAsk: () => void ask(session) }),
      ]),
    ]),
  ];
}

/** Asks the engine's token who it is: the answer is seen on the line, and what is no answer is said. */
async function ask(session: Session): Promise<void> {
  const { engine } = session;
  const line: HostLine = {
    send: (text) => engine.send(text),
    onText: (call) => engine.onSerial((direction, text) => direction === "to-host" && call(text)),
  };
  try {
    const answer = await askInformation(line);
    if ("fault" in answer) session.say({ key: answer.fault, place: "line" });
    else session.done();
  } catch (error) {
    await session.refuse(error);
  }
}
