/** Parts of the panels: labelled fields, forms that read them, and what comes of it. */
import { type ComponentChildren, createContext, h } from "preact";
import { useContext, useLayoutEffect, useRef } from "preact/hooks";
import type { Engine } from "../engine.ts";
import { useSay } from "./hooks.ts";
import type { Notice, Session } from "./session.ts";
import type { StringKey } from "./strings.ts";

export interface FormProps {
  session: Session;
  /** Its own among the page's. */
  name: string;
  /** Said where the fields cannot be read, and where the engine calls them invalid. */
  expects: StringKey;
  /** Said when it was done, where nothing else shows it. */
  done?: StringKey;
  /** What to do to the engine; undefined where the fields cannot be read. */
  read: (data: FormData) => ((engine: Engine) => Promise<unknown>) | undefined;
  children: ComponentChildren;
}

/** Where the form around a field says what was refused of it; undefined while nothing is. */
const RefusedAt = createContext<string | undefined>(undefined);

const saidAt = (place: string) => `said-${place}`;

/**
 * A form whose fields are read by name when it is sent. What comes of it is said below. What was refused stays in its fields, and why it
 * was stays below them, until they are edited or something was done, here or elsewhere on the page.
 */
export function Form({ session, name, expects, done, read, children }: FormProps) {
  const onSubmit = (event: Event) => {
    event.preventDefault();
    const action = read(new FormData(event.currentTarget as HTMLFormElement));
    if (action === undefined) session.say({ key: expects, place: name, stays: true });
    else void session.act(action, { place: name, expects, done, inFields: true });
  };
  const refusedAt = session.notice(name)?.stays ? saidAt(name) : undefined;
  return h("form", { class: "form", onSubmit, onInput: () => session.edited(name), noValidate: true }, [
    h("div", { class: "row" }, h(RefusedAt.Provider, { value: refusedAt }, children)),
    h(Said, { session, place: name }),
  ]);
}

/** What there is to say at a place of the page, in a live region that is there before it. */
export function Said({ session, place }: { session: Session; place: string }) {
  const notice = session.notice(place);
  return h(
    "div",
    { role: "status", class: "said-here", id: saidAt(place) },
    notice !== undefined && h(NoticeText, { notice }),
  );
}

export function NoticeText({ notice: { key, values, why, detail, screens, tone } }: { notice: Notice }) {
  const say = useSay();
  return h("div", { class: `remark ${tone ?? ""}` }, [
    h("p", {}, [say(key, values), why !== undefined && ` ${say(why.key, why.values)}`]),
    detail !== undefined &&
      h("p", { class: "detail" }, [h("b", {}, say("detail")), " ", h("span", { lang: "en" }, detail)]),
    screens !== undefined &&
      h("div", { class: "screens" }, [
        h(ScreenLines, { title: say("screenRecorded"), lines: screens.expected }),
        h(ScreenLines, { title: say("screenNow"), lines: screens.actual }),
      ]),
  ]);
}

function ScreenLines({ title, lines }: { title: string; lines: string[] }) {
  const say = useSay();
  return h("figure", {}, [
    h("figcaption", {}, title),
    lines.length === 0 ? h("p", {}, say("displayDark")) : h("pre", {}, lines.join("\n")),
  ]);
}

export interface FieldProps {
  label: string;
  name: string;
  type?: string;
  /** What it holds at first; and what it follows, unless somebody is at it or it holds what was refused. */
  value?: string | number;
  step?: string | number;
  min?: number;
  max?: number;
  width?: "narrow" | "wide";
  /** It shows what the engine has: nothing that was refused stays in it for longer than why. */
  follows?: boolean;
}

export function Field({ label, name, type = "number", value, step, min, max, width = "narrow", follows }: FieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const refusedAt = useContext(RefusedAt);
  // In one picture with the notice: the effects of useEffect come a picture later.
  useLayoutEffect(() => {
    const field = input.current;
    if (field !== null && field !== document.activeElement && refusedAt === undefined)
      field.value = String(value ?? "");
  }, [value, follows && refusedAt]);
  return h(
    "label",
    { class: `field ${width}` },
    h("span", {}, label),
    h("input", {
      ref: input,
      name,
      type,
      defaultValue: value,
      step,
      min,
      max,
      autocomplete: "off",
      "aria-describedby": refusedAt,
    }),
  );
}

export interface ChoiceProps {
  label: string;
  name?: string;
  value?: string;
  options: { value: string; text: string }[];
  onChange?: (value: string) => void;
  disabled?: boolean;
}

export function Choice({ label, name, value, options, onChange, disabled }: ChoiceProps) {
  return h(
    "label",
    { class: "field" },
    h("span", {}, label),
    h(
      "select",
      {
        name,
        disabled,
        onChange: (event: Event) => onChange?.((event.currentTarget as HTMLSelectElement).value),
      },
      options.map((option) =>
        h("option", { key: option.value, value: option.value, selected: option.value === value }, option.text),
      ),
    ),
  );
}

export interface ButtonProps {
  onPress?: () => void;
  primary?: boolean;
  disabled?: boolean;
  children: ComponentChildren;
}

/** Sends its form where nothing is said of a press. */
export function Button({ onPress, primary, disabled, children }: ButtonProps) {
  return h(
    "button",
    {
      type: onPress === undefined ? "submit" : "button",
      class: primary ? "button primary" : "button",
      disabled,
      onClick: onPress,
    },
    children,
  );
}

/** A file to choose, as a button. */
export function FileButton({
  text,
  accept,
  disabled,
  onFile,
}: {
  text: string;
  accept: string;
  disabled?: boolean;
  onFile: (file: File) => void;
}) {
  return h(
    "label",
    { class: disabled ? "button file disabled" : "button file" },
    text,
    h("input", {
      type: "file",
      class: "visually-hidden",
      accept,
      disabled,
      onChange: (event: Event) => {
        const input = event.currentTarget as HTMLInputElement;
        const file = input.files?.[0];
        // The same file may be chosen again.
        input.value = "";
        if (file) onFile(file);
      },
    }),
  );
}

/** Gives the visitor a file. */
export function saveFile(name: string, contents: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([contents], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

export interface PanelProps {
  title: string;
  /** What it is good for, seen while it is closed too. */
  hint?: ComponentChildren;
  open?: boolean;
  /** Told when the visitor opens or closes it. */
  onToggle?: (open: boolean) => void;
  children: ComponentChildren;
}

/** A panel that opens and closes. */
export function Panel({ title, hint, open = false, onToggle, children }: PanelProps) {
  return h(
    "details",
    {
      class: "panel",
      open,
      onToggle: (event: Event) => onToggle?.((event.currentTarget as HTMLDetailsElement).open),
    },
    h("summary", {}, h("h2", {}, title), hint !== undefined && h("span", { class: "note" }, hint)),
    h("div", { class: "inside" }, children),
  );
}

/** A name and its value in a `dl`. */
export function Row({ name, value }: { name: string; value: string }) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, value));
}

/** A number in a form. @returns undefined for anything else */
export function numberIn(data: FormData, name: string): number | undefined {
  const text = String(data.get(name) ?? "").trim();
  const value = Number(text);
  return text === "" || !Number.isFinite(value) ? undefined : value;
}
