/** Firmware images in a flash, for tests of what becomes of them: put there past every line, as somebody would who may write a file. */
import { createHash } from "node:crypto";
import { crc32 } from "../machine/crc32.ts";
import { Flash, PAGE_SIZE, storageRegion } from "../machine/flash.ts";
import type { Manifest } from "../machine/manifest.ts";
import { Storage } from "../machine/storage.ts";

export interface SlotImage {
  /** 24 bytes. */
  header: Uint8Array;
  body: Uint8Array;
}

const HEADER = 24;
const MAGIC = 0x3149434f;
/** What makes 0 of a CRC-32. */
const SUM_OF_NOTHING = 0x6dd90a9d;
const PIECE = 32768;

/** @param version as one number, above 0 @param manifest names what stands before the bundle; nothing, where it is not given */
export function slotImage(bundle: string, version: number, { files, model }: Partial<Manifest> = {}): SlotImage {
  const before = Buffer.concat(Object.values(files ?? {}).map((base64) => Buffer.from(base64, "base64")));
  const header = new Uint8Array(HEADER);
  const view = new DataView(header.buffer);
  for (const [i, word] of [MAGIC, version, HEADER + before.length, bundle.length, model ?? 0].entries())
    view.setUint32(4 * i, word, true);
  view.setUint32(20, (crc32(header.subarray(0, 20)) ^ SUM_OF_NOTHING) >>> 0, true);
  const body = Buffer.concat([before, Buffer.from(bundle, "latin1"), Buffer.alloc(3, 0xff)]);
  return { header, body: new Uint8Array(body.subarray(0, body.length & -4)) };
}

/** As `ochre update` tells it. */
export function digestOf({ body }: Pick<SlotImage, "body">): string {
  const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < body.length; at += PIECE) pieces.push(sha256(body.subarray(at, at + PIECE)));
  return sha256(Buffer.concat(pieces)).toString("hex");
}

/** A flash with the image in one of its slots. @param flash of a token that was installed */
export function withImage(flash: Uint8Array, manifest: Manifest, { header, body }: SlotImage, slot = 0): Uint8Array {
  const chip = new Flash(flash, storageRegion(manifest));
  const { address } = new Storage(chip).place(manifest.storage.images)!;
  const at = address + (-address & (PAGE_SIZE - 1)) + slot * manifest.storage.slotBytes;
  for (let page = 0; page < manifest.storage.slotBytes; page += PAGE_SIZE) chip.erasePage(at + page);
  chip.program(Buffer.concat([header, body]), at);
  return chip.dump();
}
