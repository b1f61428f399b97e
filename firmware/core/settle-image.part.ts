/**
 * The first start of a new image makes it final. Its header may have been cut while it was written, and read as whole by luck: it is
 * written once more. Then the header of the replaced image is zeroed, and that version can't return. Cut anywhere in between, the next
 * start does the same again.
 */
import { IMAGE_HEADER_LENGTH } from "../../protocol/image/firmware-image.ts";
import type { ImageSlots } from "../hal/board.ts";

/** @param slots of this board; nothing is to do where it has none, or runs from elsewhere */
export function settleImage(slots: ImageSlots | undefined): void {
  if (slots === undefined || slots.running < 0) return;
  const flash = slots.flash;
  const other = slots.length - slots.running;
  const left = flash.read(other, IMAGE_HEADER_LENGTH);
  let blank = true;
  for (let i = 0; i < IMAGE_HEADER_LENGTH; i++) blank = blank && left[i] === 255;
  if (blank || (left[0] | left[1] | left[2] | left[3]) === 0) return;
  flash.write(slots.running, flash.read(slots.running, IMAGE_HEADER_LENGTH));
  flash.write(other, new Uint8Array(4));
}
