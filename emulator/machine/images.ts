/**
 * Firmware images as they lie in flash. The machine is given a bundle, which is not in its flash; an update that a host has loaded is, and
 * runs in its place from the next start on, if its version is the higher one, and it may (`Admission`).
 *
 *     image = header (24: magic | version | bundle at | bundle length | model | sum, little-endian words) | files | bundle | FF up to a word
 */
import { crc32 } from "./crc32.ts";
import { type Flash, PAGE_SIZE } from "./flash.ts";
import type { Manifest } from "./manifest.ts";
import type { Storage } from "./storage.ts";

const HEADER = 24;
const PAGE_MASK = PAGE_SIZE - 1;
const WORD = 4;

/** What of an image a bundle looks for beside itself, as a file's contents. @param bundle where it looks for parts of itself, too */
export function looseImage({ files }: Pick<Manifest, "files">, bundle = ""): string {
  return "\0".repeat(HEADER) + Object.values(files).map(atob).join("") + bundle;
}

export interface Image {
  /** As `major.minor.patch`. */
  version: string;
  bundle: string;
  /** Where the image begins in the file of the slots. */
  at: number;
  /** All that comes behind its header. */
  body: Uint8Array;
  /** The firmware itself wrote all of it into this flash: a host has sent it. */
  written: boolean;
}

/** Which images in the flash are run. A flash may come from anywhere, and what is run has no sandbox around it. */
export interface Admission {
  /** Of an image that a host has sent over the line. */
  learn(image: Image): void;
  /** Why an image is not run, and what can be done about it; undefined for one that is. */
  refusal(image: Image): string | undefined;
}

/** A token whose flash holds an image that is not run has no power instead: it would show another program than a board. */
export class ForeignFirmware extends Error {
  override name = "ForeignFirmware";
}

/** Of a machine that is given no other: what its line brought, and its own bundle. */
export function admitWritten(bundle: string): Admission {
  const known = new Set([bundle]);
  return {
    learn: (image) => void known.add(image.bundle),
    refusal: ({ version, bundle }) =>
      known.has(bundle) ? undefined : `this flash holds firmware ${version}, which did not come over the line`,
  };
}

/** The whole images in the flash whose version is above the manifest's, the highest first: what `.boot0` tries in this order. */
export function updates(flash: Flash, storage: Storage, manifest: Manifest): Image[] {
  const { images, slotBytes } = manifest.storage;
  const found: (Image & { number: number })[] = [];
  for (const { at, address } of slots(flash, storage, manifest)) {
    const header = flash.read(HEADER, address)!;
    const view = new DataView(header.buffer);
    const [number, from, length] = [4, 8, 12].map((place) => view.getUint32(place, true));
    if (crc32(header) !== 0 || number <= versionIn(manifest) || from + length > slotBytes) continue;
    const end = Math.min((from + length + WORD - 1) & -WORD, slotBytes);
    found.push({
      number,
      version: `${number >>> 16}.${(number >> 8) & 0xff}.${number & 0xff}`,
      at,
      bundle: storage.read(images, at + from, length)!,
      body: flash.read(end - HEADER, address + HEADER) ?? new Uint8Array(),
      written: flash.written(address, end),
    });
  }
  return found.sort((a, b) => b.number - a.number);
}

/** Whether the firmware has written into a slot: an image may be about to come. */
export function updating(flash: Flash, storage: Storage, manifest: Manifest): boolean {
  return slots(flash, storage, manifest).some(({ address }) => flash.written(address, HEADER));
}

/** Both, where they lie in their file and in the flash; none where there is no such file. */
function slots(flash: Flash, storage: Storage, { storage: { images, slotBytes } }: Manifest) {
  const file = slotBytes === 0 ? undefined : storage.place(images);
  if (file === undefined) return [];
  const first = -file.address & PAGE_MASK;
  return [first, first + slotBytes]
    .map((at) => ({ at, address: file.address + at }))
    .filter(({ address }) => address + slotBytes <= flash.end);
}

function versionIn({ imageHeader }: Manifest): number {
  const header = Uint8Array.from(atob(imageHeader), (character) => character.charCodeAt(0));
  return header.length === HEADER ? new DataView(header.buffer).getUint32(4, true) : 0;
}
