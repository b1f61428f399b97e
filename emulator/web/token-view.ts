/** The token: body, display and keypad, and the keyboard as its keypad. */
import { h } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import { Display } from "./display.ts";
import { LanguageContext, useSay } from "./hooks.ts";
import { Keypad } from "./keypad.ts";
import { screenWords } from "./screen-words.ts";
import type { Session } from "./session.ts";
import { SoundSign } from "./sound.ts";
import { TokenNotice } from "./token-notice.ts";

/** Milliseconds that a picture must last before it is said: what flashes by is not worth hearing. */
const SETTLED_MS = 250;

const KEYBOARD: Record<string, string> = {
  Enter: "OK",
  Backspace: "CLEAR",
  Delete: "CLEAR",
  ArrowUp: "UP",
  ArrowDown: "DOWN",
  m: "MENU",
  o: "OFF",
};

/** What a key of the keyboard is on the keypad; undefined for one that it has not. */
export function keypadKey(typed: string, legend: readonly string[][]): string | undefined {
  const key = KEYBOARD[typed.length === 1 ? typed.toLowerCase() : typed] ?? typed;
  return legend.some((row) => row.includes(key)) ? key : undefined;
}

export function TokenView({ session }: { session: Session }) {
  const say = useSay();
  const language = useContext(LanguageContext);
  const body = useRef<HTMLDivElement>(null);
  const { legend } = session.engine.manifest.keypad;
  const down = useKeyboard(session, legend, body);
  const words = screenWords(session.screen, language);
  const said = useSettled(words, SETTLED_MS);
  const focus = () => body.current?.focus({ preventScroll: true });
  useEffect(() => {
    // Who comes with a keyboard may type at once.
    if (window.matchMedia("(pointer: fine)").matches) focus();
  }, []);

  return h(
    "div",
    { class: "token" },
    h(
      "div",
      {
        class: session.lost ? "body lost" : session.power.on ? "body" : "body without-power",
        id: "token",
        ref: body,
        role: "group",
        "aria-label": say("token"),
        "aria-describedby": "type-hint",
        tabIndex: 0,
      },
      h("div", { class: "brand" }, [h("span", { "aria-hidden": "true" }, "ochre"), h(SoundSign, { session })]),
      h(
        "div",
        { class: "glass" },
        h(Display, { screen: session.screen, label: words === "" ? say("display") : `${say("display")}: ${words}` }),
      ),
      h(Keypad, {
        legend,
        keys: session.keys,
        down,
        onPointer: (kind) => {
          // What is typed next is for the token, and Enter not for the button that was used before. A finger types nothing.
          const focused = document.activeElement;
          if (kind === "mouse") focus();
          else if (focused !== body.current && focused instanceof HTMLElement) focused.blur();
        },
      }),
    ),
    h("p", { class: "visually-hidden", role: "status", "aria-live": "polite", id: "said" }, said),
    h(TokenNotice, { session, onPowered: focus }),
    h("p", { class: "visually-hidden", id: "keypad-hint" }, say("keypadHint")),
  );
}

/**
 * The keyboard, while the token has the focus: single characters are no shortcuts elsewhere on the page (WCAG 2.1.4), and arrows scroll it.
 * @returns the keys that it holds down
 */
function useKeyboard(session: Session, legend: string[][], body: { current: HTMLElement | null }): ReadonlySet<string> {
  const [down, setDown] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const held = new Map<string, string>();
    const show = () => setDown(new Set(held.values()));
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      const target = event.target as HTMLElement;
      if (!body.current?.contains(target)) return;
      // On a key of the keypad, Enter presses that key.
      if (target instanceof HTMLButtonElement && (event.key === "Enter" || event.key === " ")) return;
      const key = keypadKey(event.key, legend);
      if (key === undefined) return;
      event.preventDefault();
      if (event.repeat || held.has(event.code)) return;
      held.set(event.code, key);
      session.keys.down(key);
      show();
    };
    const onKeyUp = (event: KeyboardEvent) => {
      const key = held.get(event.code);
      if (key === undefined) return;
      held.delete(event.code);
      session.keys.up(key);
      show();
    };
    const onBlur = () => {
      held.clear();
      session.keys.releaseAll();
      show();
    };
    document.addEventListener("keydown", onKeyDown);
    document.addEventListener("keyup", onKeyUp);
    window.addEventListener("blur", onBlur);
    return () => {
      document.removeEventListener("keydown", onKeyDown);
      document.removeEventListener("keyup", onKeyUp);
      window.removeEventListener("blur", onBlur);
    };
  }, [session]);
  return down;
}

/** A text, once it has stayed the same for a while. */
function useSettled(text: string, ms: number): string {
  const [settled, setSettled] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), ms);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
