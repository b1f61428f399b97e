/** Parts of the panels: labelled fields, and forms that read them. */
import { type ComponentChildren, h } from "preact";

/** A form whose fields are read by name when it is sent. */
export function Form({ onSend, children }: { onSend: (data: FormData) => void; children: ComponentChildren }) {
  const onSubmit = (event: Event) => {
    event.preventDefault();
    onSend(new FormData(event.currentTarget as HTMLFormElement));
  };
  return h("form", { class: "row", onSubmit, noValidate: true }, children);
}

export interface FieldProps {
  label: string;
  name: string;
  type?: string;
  value?: string | number;
  step?: string | number;
  min?: number;
  max?: number;
  width?: "narrow" | "wide";
}

export function Field({ label, name, type = "number", value, step, min, max, width = "narrow" }: FieldProps) {
  return h(
    "label",
    { class: `field ${width}` },
    h("span", {}, label),
    h("input", { name, type, defaultValue: value, step, min, max, autocomplete: "off" }),
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

/** A panel that opens and closes. */
export function Panel({
  title,
  open = false,
  children,
}: {
  title: string;
  open?: boolean;
  children: ComponentChildren;
}) {
  return h(
    "details",
    { class: "panel", open },
    h("summary", {}, h("h2", {}, title)),
    h("div", { class: "inside" }, children),
  );
}

/** A number in a form. @returns undefined for anything else */
export function numberIn(data: FormData, name: string): number | undefined {
  const text = String(data.get(name) ?? "").trim();
  const value = Number(text);
  return text === "" || !Number.isFinite(value) ? undefined : value;
}
