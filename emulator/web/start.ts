/** Puts the page over an engine, once there is one. */
import { h, render } from "preact";
import type { Engine } from "../engine.ts";
import type { Recorder } from "../recording.ts";
import { App } from "./app.ts";
import type { PageLanguage, Stage } from "./embedded.ts";
import { NoticeText } from "./form.ts";
import { LanguageContext } from "./hooks.ts";
import { type Notice, Session } from "./session.ts";
import { say } from "./strings.ts";

export interface StartOptions {
  open: () => Promise<Engine & Recorder>;
  language: PageLanguage;
  /** How far the token is, where the page knows. */
  stage?: Stage;
}

export async function start({ open, language, stage }: StartOptions): Promise<void> {
  const root = document.getElementById("page");
  if (root === null) return;
  document.documentElement.lang = language;
  root.textContent = say(language, "starting");
  try {
    const session = await Session.open(await open());
    root.textContent = "";
    render(h(App, { session, language, stage }), root);
  } catch (error) {
    root.textContent = "";
    const notice: Notice = { key: "cannotStart", detail: error instanceof Error ? error.message : String(error) };
    render(h(LanguageContext.Provider, { value: language }, h(NoticeText, { notice })), root);
  }
}
