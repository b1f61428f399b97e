/** Espruino's image as it is handed out: raw bytes of the flash, or UF2 (https://github.com/microsoft/uf2). */
import { CHIP_SIZE } from "./flash-chip.ts";

/** Where the processor sees the first byte of the flash. */
const FLASH_START = 0x10000000;

const UF2_BLOCK = 512;
const UF2_MAGIC = [0x0a324655, 0x9e5d5157];
/** Flag of blocks that are not meant for the main flash. */
const UF2_NOT_MAIN_FLASH = 1;
const UF2_HEADER = 32;
const UF2_LARGEST_PAYLOAD = 476;

/**
 * The flash with an image in it, blank where the image has nothing.
 * @throws RangeError for what fits no RP2040 with a flash of 2 MB
 */
export function flashOfImage(image: Uint8Array): Uint8Array {
  const flash = new Uint8Array(CHIP_SIZE).fill(0xff);
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  if (image.length < UF2_BLOCK) throw new RangeError(`an image has at least ${UF2_BLOCK} bytes, not ${image.length}`);
  if (view.getUint32(0, true) !== UF2_MAGIC[0]) {
    if (image.length > CHIP_SIZE) throw new RangeError(`the image has ${image.length} bytes, the flash ${CHIP_SIZE}`);
    flash.set(image);
    return flash;
  }
  if (image.length % UF2_BLOCK !== 0)
    throw new RangeError("the image is no UF2 file: it ends in the middle of a block");
  for (let at = 0; at < image.length; at += UF2_BLOCK) {
    if (UF2_MAGIC.some((magic, i) => view.getUint32(at + 4 * i, true) !== magic))
      throw new RangeError(`the image is no UF2 file: block ${at / UF2_BLOCK} does not begin as one`);
    if (view.getUint32(at + 8, true) & UF2_NOT_MAIN_FLASH) continue;
    const address = view.getUint32(at + 12, true) - FLASH_START;
    const length = view.getUint32(at + 16, true);
    if (length > UF2_LARGEST_PAYLOAD || address < 0 || address + length > CHIP_SIZE)
      throw new RangeError(`block ${at / UF2_BLOCK} of the image lies outside of the flash`);
    flash.set(image.subarray(at + UF2_HEADER, at + UF2_HEADER + length), address);
  }
  return flash;
}
