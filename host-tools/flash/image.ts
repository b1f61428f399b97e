/** The firmware image of a built bundle: what goes into one slot of a board. */
import { crc32 } from "node:zlib";
import {
  encodeImageHeader,
  IMAGE_HEADER_LENGTH,
  imageDigest,
  versionNumber,
} from "../../protocol/image/firmware-image.ts";
import { hashes } from "../crypto/node.ts";
import type { FlashManifest } from "./flash-manifest.ts";

export interface FirmwareImage {
  header: Uint8Array;
  /** What comes behind the header: files, bundle, and FF up to a whole word. */
  body: Uint8Array;
  /** Of the image, 32 bytes. */
  digest: Uint8Array;
  /** Where the bundle stands in the image, and how long it is. */
  bundleAt: number;
  bundleLength: number;
}

/** @param bundle a character a byte */
export function firmwareImage(
  bundle: string,
  { files, version, model }: Pick<FlashManifest, "files" | "version" | "model">,
): FirmwareImage {
  const before = Buffer.concat(Object.values(files).map((base64) => Buffer.from(base64, "base64")));
  const body = Buffer.concat([before, Buffer.from(bundle, "latin1"), Buffer.alloc(3, 0xff)]);
  const bundleAt = IMAGE_HEADER_LENGTH + before.length;
  const whole = new Uint8Array(body.subarray(0, body.length - (body.length & 3)));
  const bundleLength = bundle.length;
  return {
    header: encodeImageHeader({ version: versionNumber(version), bundleAt, bundleLength, model }, crc32),
    body: whole,
    digest: imageDigest(hashes.sha256, whole.length, (at, length) => whole.subarray(at, at + length)),
    bundleAt,
    bundleLength,
  };
}
