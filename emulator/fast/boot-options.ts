/** What every engine boots a token from is held against what it needs, before anything is made of it. */
import { type BootOptions, EngineError, type EngineName } from "../engine.ts";
import { displayOf } from "../machine/displays.ts";
import { PAGE_SIZE, PAGES, storageRegion } from "../machine/flash.ts";
import type { Installation, Issue } from "../machine/machine.ts";
import type { Buttons, Device, Interpreter, KeyMatrix, Manifest } from "../machine/manifest.ts";
import * as check from "./check.ts";

const SEEDS = 2 ** 32;
const LONGEST_SERIAL = 16;
const KEY_BYTES = 16;
const PINS = 30;
/** Of the flash that Espruino keeps for Storage. */
const STORAGE_BYTES = 262_144;
const MOST_PIXELS = 1024;
const ADDRESSES = 128;
const DEVICES: readonly Device[] = ["I2C1", "USB", "g", "NRF", "SHA1"];

type Unknown<T> = { [Name in keyof T]?: unknown };

/** @throws EngineError invalid, naming what was expected */
export function checkBoot(options: BootOptions): void {
  const given = check.object("what a token boots from", options) as Unknown<BootOptions> & {
    onError?: unknown;
    trustedFirmware?: unknown;
  };
  const { bundle, seed, unixTime, flash, trustedFirmware, onError, onListenerError } = given;
  if (typeof bundle !== "string") check.refuse(`bundle is the text of one, not ${check.shown(bundle)}`);
  checkManifest(given.manifest);
  checkInstallation(given.install);
  if (seed !== undefined) check.whole("seed", seed, 0, SEEDS - 1);
  if (unixTime !== undefined) check.unixTime(unixTime);
  if (flash !== undefined) check.flash(flash, storageRegion(given.manifest as Manifest).bytes);
  if (trustedFirmware !== undefined)
    for (const digest of check.list("trustedFirmware", trustedFirmware))
      if (typeof digest !== "string" || !/^[0-9a-f]{64}$/i.test(digest))
        check.refuse(`trustedFirmware are digests of 64 hexadecimal digits, not ${check.shown(digest)}`);
  for (const [name, call] of Object.entries({ onError, onListenerError }))
    if (call !== undefined && typeof call !== "function")
      check.refuse(`${name} is a function, not ${check.shown(call)}`);
}

function checkInstallation(value: unknown): void {
  const { serial, keyVersion, entries, ...keys } = check.object("install", value) as Unknown<Installation & Issue>;
  text("install.serial", serial);
  if (!/^[\0-\xff]{1,16}$/.test(serial as string))
    check.refuse(`install.serial has 1 to ${LONGEST_SERIAL} characters, not ${check.shown(serial)}`);
  if (entries !== undefined) {
    for (const entry of check.list("install.entries", entries)) {
      const { id, value } = check.object("an entry of install.entries", entry) as Unknown<Issue["entries"][number]>;
      check.whole("an entry's id", id, 1, 0xff);
      if (!(value instanceof Uint8Array)) check.refuse("an entry's value is a Uint8Array");
    }
    return;
  }
  check.whole("install.keyVersion", keyVersion, 0, 0xff);
  for (const name of ["enc", "mac", "dek"] as const) {
    const key = keys[name];
    if (!(key instanceof Uint8Array) || key.length !== KEY_BYTES)
      check.refuse(`install.${name} is a Uint8Array of ${KEY_BYTES} bytes`);
  }
}

function checkManifest(value: unknown): void {
  const manifest = check.object("manifest", value) as Unknown<Manifest>;
  text("manifest.board", manifest.board);
  checkKeypad(manifest.keypad);
  const display = check.object("manifest.display", manifest.display) as Unknown<Manifest["display"]>;
  check.whole("manifest.display.width", display.width, 1, MOST_PIXELS);
  check.whole("manifest.display.height", display.height, 1, MOST_PIXELS);
  if (display.address !== undefined) check.whole("manifest.display.address", display.address, 0, ADDRESSES - 1);
  try {
    displayOf(manifest as Manifest, () => {});
  } catch (error) {
    check.refuse(`manifest.display: ${(error as Error).message}`);
  }
  if (manifest.clock !== undefined) {
    const clock = check.object("manifest.clock", manifest.clock) as { address?: unknown };
    check.whole("manifest.clock.address", clock.address, 0, ADDRESSES - 1);
  }
  const storage = check.object("manifest.storage", manifest.storage) as Unknown<Manifest["storage"]>;
  text("manifest.storage.images", storage.images);
  text("manifest.storage.loose", storage.loose);
  for (const name of ["slotBytes", "imagesFileBytes"] as const)
    check.whole(`manifest.storage.${name}`, storage[name], 0, STORAGE_BYTES);
  check.base64(manifest.imageHeader);
  if (manifest.interpreter !== undefined) checkInterpreter(manifest.interpreter);
  for (const contents of Object.values(check.object("manifest.files", manifest.files))) check.base64(contents);
  for (const code of check.list("manifest.codePage", manifest.codePage, 256)) text("a code of manifest.codePage", code);
  for (const font of check.list("manifest.fonts", manifest.fonts)) checkFont(font);
}

function checkInterpreter(value: unknown): void {
  const { board, storage, devices } = check.object("manifest.interpreter", value) as Unknown<Interpreter>;
  text("manifest.interpreter.board", board);
  const { address, bytes } = check.object("manifest.interpreter.storage", storage) as Unknown<Interpreter["storage"]>;
  check.whole("manifest.interpreter.storage.address", address, 0, 2 ** 32 - 1);
  check.whole("manifest.interpreter.storage.bytes", bytes, 2 * PAGE_SIZE, PAGES * PAGE_SIZE);
  if ((address as number) % PAGE_SIZE !== 0 || (bytes as number) % PAGE_SIZE !== 0)
    check.refuse(`manifest.interpreter.storage is whole pages of ${PAGE_SIZE} bytes`);
  if (devices === undefined) return;
  for (const device of check.list("manifest.interpreter.devices", devices))
    if (!DEVICES.includes(device as Device))
      check.refuse(`a device of an interpreter is one of ${DEVICES.join(", ")}, not ${check.shown(device)}`);
}

/** @throws EngineError unsupported for a board that an engine of Picos can't be @throws EngineError invalid where it has no transport keys */
export function checkPico({ manifest, install }: BootOptions, engine: EngineName): Installation {
  if (manifest.display.address === undefined)
    throw new EngineError(
      "unsupported",
      `the engine ${engine} has displays on I2C alone: board ${manifest.board} runs on the engine fast`,
    );
  if ("entries" in install) return check.refuse("install has the transport keys of a token with a host's line");
  return install;
}

function checkKeypad(value: unknown): void {
  const keypad = check.object("manifest.keypad", value) as Unknown<KeyMatrix & Buttons>;
  const pin = (name: string, value: unknown) =>
    typeof value === "string" ? value : check.whole(`a pin of ${name}`, value, 0, PINS - 1);
  const pins = (name: string, list: unknown) => check.list(name, list, PINS).map((each) => pin(name, each));
  const legend = check
    .list("manifest.keypad.legend", keypad.legend, PINS)
    .map((row) => check.list("a row of manifest.keypad.legend", row, PINS));
  for (const key of legend.flat()) text("a key of manifest.keypad.legend", key);
  if (keypad.pins !== undefined) {
    if (pins("manifest.keypad.pins", keypad.pins).length !== legend.flat().length)
      check.refuse("manifest.keypad.legend has a key for each of the pins");
    return;
  }
  const rows = pins("manifest.keypad.rows", keypad.rows);
  const columns = pins("manifest.keypad.columns", keypad.columns);
  if (legend.length !== rows.length) check.refuse(`manifest.keypad.legend has as many rows as there are pins of rows`);
  if (legend.some((row) => row.length !== columns.length))
    check.refuse("a row of manifest.keypad.legend has a key for each pin of columns");
}

function checkFont(value: unknown): void {
  const font = check.object("a font of the manifest", value) as Unknown<Manifest["fonts"][number]>;
  check.whole("a font's width", font.width, 1, MOST_PIXELS);
  check.whole("a font's height", font.height, 8, MOST_PIXELS);
  check.whole("a font's first code", font.first, 0, 0xff);
  check.base64(font.glyphs);
}

function text(name: string, value: unknown): void {
  if (typeof value !== "string") check.refuse(`${name} is text, not ${check.shown(value)}`);
}
