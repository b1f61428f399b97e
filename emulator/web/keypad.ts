/** The keypad: keys for mouse, finger and keyboard. One of them is in the tab order, and arrow keys move between them. */
import { h } from "preact";
import { useRef, useState } from "preact/hooks";
import { useSay } from "./hooks.ts";
import type { KeyPresser } from "./keys.ts";
import type { StringKey } from "./strings.ts";

export interface KeypadProps {
  /** `legend[row][column]`, of the manifest. */
  legend: string[][];
  keys: KeyPresser;
  /** Keys that are down, by the keyboard. */
  down: ReadonlySet<string>;
  /** A key was pressed with a pointer, of a kind that `PointerEvent.pointerType` names. */
  onPointer: (kind: string) => void;
}

const NAMES: Record<string, StringKey> = {
  UP: "keyUP",
  DOWN: "keyDOWN",
  OK: "keyOK",
  CLEAR: "keyCLEAR",
  MENU: "keyMENU",
  OFF: "keyOFF",
};
const MOVES: Record<string, [row: number, column: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

export function Keypad({ legend, keys, down, onPointer }: KeypadProps) {
  const say = useSay();
  const group = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ row: 0, column: 0 });
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());

  const move = (event: KeyboardEvent) => {
    const step = MOVES[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const row = (place.row + step[0] + legend.length) % legend.length;
    const column = (place.column + step[1] + legend[row].length) % legend[row].length;
    setPlace({ row, column });
    group.current?.querySelector<HTMLButtonElement>(`[data-key="${legend[row][column]}"]`)?.focus();
  };
  const pointer = (key: string, isDown: boolean) => {
    if (isDown) keys.down(key);
    else keys.up(key);
    setTouched((before) => {
      const after = new Set(before);
      if (isDown) after.add(key);
      else after.delete(key);
      return after;
    });
  };

  return h(
    "div",
    {
      class: "keypad",
      role: "group",
      "aria-label": say("keypad"),
      "aria-describedby": "keypad-hint",
      ref: group,
      onKeyDown: move,
    },
    legend.flatMap((line, row) =>
      line.map((key, column) =>
        h(
          "button",
          {
            key,
            type: "button",
            class: `key ${kind(key)}${down.has(key) || touched.has(key) ? " down" : ""}`,
            "data-key": key,
            "aria-label": NAMES[key] === undefined ? key : say(NAMES[key]),
            tabIndex: row === place.row && column === place.column ? 0 : -1,
            onFocus: () => setPlace({ row, column }),
            onPointerDown: (event: PointerEvent) => {
              if (event.button !== 0) return;
              event.preventDefault();
              (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
              onPointer(event.pointerType);
              pointer(key, true);
            },
            onPointerUp: () => pointer(key, false),
            onPointerCancel: () => pointer(key, false),
            onContextMenu: (event: Event) => event.preventDefault(),
            // A click without a pointer: Enter and Space on the key, and what assistive technology does.
            onClick: (event: MouseEvent) => {
              if (event.detail === 0) keys.tap(key);
            },
          },
          face(key),
        ),
      ),
    ),
  );
}

function kind(key: string): string {
  return /^\d$/.test(key) ? "digit" : `function key-${key.toLowerCase()}`;
}

function face(key: string) {
  const points = { UP: "4,16 12,7 20,16", DOWN: "4,8 12,17 20,8" }[key];
  if (points === undefined) return key;
  return h("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, h("polygon", { points }));
}
