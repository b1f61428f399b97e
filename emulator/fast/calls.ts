/**
 * The calls that do something to a token, as data, each held against what an engine takes: for the engine itself, and for a recording of
 * it. What depends on the token as it then is, like its power, is seen when the call is made.
 */
import type { ClockChange, PressOptions, SerialFault } from "../engine.ts";
import { storageRegion } from "../machine/flash.ts";
import type { Manifest } from "../machine/manifest.ts";
import * as check from "./check.ts";

const HOLD_MS = 60;
const GAP_MS = 60;

/** What each call is made with, once it was checked; defaults are filled in. */
interface Arguments {
  keyDown: { key: string };
  keyUp: { key: string };
  press: { keys: string[]; held: Required<PressOptions> };
  setClock: { change: ClockChange };
  advance: { ms: number };
  powerOn: object;
  powerOff: object;
  cutAtFlashOperation: { operation: number; tear: number };
  setBattery: { volts: number };
  flipFlashBits: { bits: number[] };
  send: { text: string };
  setSerialFaults: { faults: SerialFault[] };
}

export type CallName = keyof Arguments;
export type Call = { [Name in CallName]: { name: Name } & Arguments[Name] }[CallName];

/** What of a board calls name. */
export interface Named {
  keys: readonly string[];
  flashBytes: number;
}

type Read<Name extends CallName> = (args: readonly unknown[], board: Named) => Arguments[Name];

const readers: { readonly [Name in CallName]: Read<Name> } = {
  keyDown: ([key], { keys }) => ({ key: check.key(key, keys) }),
  keyUp: ([key], { keys }) => ({ key: check.key(key, keys) }),
  press: ([names, options = {}], { keys }) => ({
    keys: check.keys(names, keys),
    held: check.held(options, { holdMs: HOLD_MS, gapMs: GAP_MS }),
  }),
  setClock: ([change]) => ({ change: check.clockChange(change) }),
  advance: ([ms]) => ({ ms: check.span("a span of time", ms) }),
  powerOn: () => ({}),
  powerOff: () => ({}),
  cutAtFlashOperation: ([operation, tear = 0]) => ({
    operation: check.flashOperation(operation),
    tear: check.tear(tear),
  }),
  setBattery: ([volts]) => ({ volts: check.volts(volts) }),
  flipFlashBits: ([bits], { flashBytes }) => ({ bits: check.bits(bits, flashBytes) }),
  send: ([text]) => ({ text: check.latin1(text) }),
  setSerialFaults: ([faults]) => ({ faults: check.serialFaults(faults) }),
};

/** The keys of a keypad. */
export const keysOf = ({ keypad }: Manifest): string[] => keypad.legend.flat().filter((key) => key !== "");

export const namedOn = (manifest: Manifest): Named => ({
  keys: keysOf(manifest),
  flashBytes: storageRegion(manifest).bytes,
});

/** @throws EngineError invalid for a call that no engine carries out */
export function readCall(name: unknown, args: unknown, board: Named): Call {
  if (typeof name !== "string" || !Object.hasOwn(readers, name))
    return check.refuse(`an engine does nothing like ${check.shown(name)}`);
  const read = readers[name as CallName];
  return { name, ...read(check.list("arguments", args), board) } as Call;
}
