/**
 * Bundles of a few lines, for the emulator's own tests: what the virtual board does must not depend on what the firmware happens to
 * use of it.
 */
import { Machine, type MachineOptions } from "../machine/machine.ts";
import type { Manifest } from "../machine/manifest.ts";

/** The reference board's wiring, without fonts. */
export const smallManifest: Manifest = {
  board: "small",
  model: 0x0001,
  version: "0.0.0",
  keypad: {
    rows: [6, 7, 8, 9],
    columns: [10, 11, 12, 13],
    legend: [
      ["1", "2", "3", "UP"],
      ["4", "5", "6", "DOWN"],
      ["7", "8", "9", "OFF"],
      ["CLEAR", "0", "OK", "MENU"],
    ],
  },
  display: { controller: "ssd1306", width: 128, height: 64, address: 0x3c },
  clock: { chip: "ds3231", address: 0x68 },
  sound: { pin: 15 },
  storage: {
    images: "ochre",
    slotBytes: 0,
    imagesFileBytes: 0,
    loose: "ochre.img",
    boot: ".boot0",
    journal: "ochre.jnl",
    journalBytes: 12288,
  },
  imageHeader: "",
  bootFile: "",
  files: {},
  codePage: [],
  fonts: [],
};

/**
 * A bundle whose `start()` runs `start`, with further `members` of its exports: `"read: function (n) { return n; }"`. Before `start`
 * stand `declarations`.
 */
export function smallBundle({ start = "", members = "", declarations = "" } = {}): string {
  return `(function () {
    ${declarations}
    return {
      version: "0.0.0",
      board: "small",
      install: function () {},
      start: function () { ${start} },
      ${members}
    };
  })()`;
}

/** A machine that runs such a bundle, powered on. */
export function smallMachine(
  source: { start?: string; members?: string; declarations?: string },
  options: Partial<MachineOptions> = {},
): Machine {
  const machine = new Machine({ bundle: smallBundle(source), manifest: smallManifest, ...options });
  machine.powerOn();
  return machine;
}

/** Calls a function that a small bundle exports. */
export function call(machine: Machine, name: string, ...args: unknown[]): unknown {
  return (machine.exports[name] as (...args: unknown[]) => unknown)(...args);
}

/** Evaluates an expression with the names that a bundle has. */
export function evaluated(expression: string, options: Partial<MachineOptions> = {}): unknown {
  return call(smallMachine({ members: `value: function () { return ${expression}; }` }, options), "value");
}
