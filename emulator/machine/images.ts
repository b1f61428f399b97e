/**
 * Firmware images as they lie in flash. The machine is given a bundle, which is not in its flash; an update that a host has loaded is, and
 * runs in its place from the next start on, if its version is the higher one.
 *
 *     image = header (24: magic | version | bundle at | bundle length | model | sum, little-endian words) | files | bundle
 */
import { crc32 } from "./crc32.ts";
import type { Flash } from "./flash.ts";
import type { Manifest } from "./manifest.ts";
import type { Storage } from "./storage.ts";

const HEADER = 24;
const PAGE_MASK = 4095;

/** What of an image a bundle looks for beside itself, as a file's contents. @param bundle where it looks for parts of itself, too */
export function looseImage({ files }: Pick<Manifest, "files">, bundle = ""): string {
  return "\0".repeat(HEADER) + Object.values(files).map(atob).join("") + bundle;
}

export interface Image {
  bundle: string;
  /** Where the image begins in the file of the slots. */
  at: number;
}

/** The whole images in the flash whose version is above the manifest's, the highest first: what `.boot0` tries in this order. */
export function updates(flash: Flash, storage: Storage, manifest: Manifest): Image[] {
  const { images, slotBytes } = manifest.storage;
  const file = storage.place(images);
  if (file === undefined) return [];
  const first = -file.address & PAGE_MASK;
  const found: (Image & { version: number })[] = [];
  for (const at of [first, first + slotBytes]) {
    const header = flash.read(HEADER, file.address + at)!;
    const view = new DataView(header.buffer);
    const [version, from, length] = [4, 8, 12].map((place) => view.getUint32(place, true));
    if (crc32(header) !== 0 || version <= versionIn(manifest) || from + length > slotBytes) continue;
    found.push({ version, at, bundle: storage.read(images, at + from, length)! });
  }
  return found.sort((a, b) => b.version - a.version);
}

function versionIn({ imageHeader }: Manifest): number {
  const header = Uint8Array.from(atob(imageHeader), (character) => character.charCodeAt(0));
  return header.length === HEADER ? new DataView(header.buffer).getUint32(4, true) : 0;
}
