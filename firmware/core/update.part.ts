/**
 * Takes a new firmware image into the slot that does not run. Nothing there counts before its header, which is written last: after every
 * byte was read back from the flash and compared with the digest that the issuer's session has named.
 *
 * ATOMIC means: cut anywhere, the next start finds the old image, whole, or the new one, whole. The slot that runs is not touched, the
 * header is the only thing that decides, and its sum is right by accident once in 2^32 cuts. What a cut left in the other slot is erased
 * by the next update before it writes there. Storage is not asked for anything: the slots are allocated once, at installation.
 *
 * A page is erased when its first byte comes, so that no command takes longer than one erasure.
 */
import { ApduError } from "../../protocol/apdu/apdu-error.ts";
import type { InstallForLoad } from "../../protocol/apdu/install.ts";
import type { LoadBlock } from "../../protocol/apdu/load.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FUNCTION_NOT_SUPPORTED,
  SW_MEMORY_FAILURE,
  SW_NOT_ENOUGH_MEMORY,
  SW_VERSION_NOT_HIGHER,
  SW_WRONG_DATA,
} from "../../protocol/apdu/status-word.ts";
import {
  IMAGE_HEADER_LENGTH,
  imageDigest,
  imageLength,
  parseImageHeader,
  versionNumber,
} from "../../protocol/image/firmware-image.ts";
import { equalBytes } from "../../protocol/scp03/constant-time.ts";
import type { Board } from "../hal/board.ts";

export interface Update {
  /** The next bytes. @throws ApduError: then the update is over */
  load(block: LoadBlock): void;
  /** Makes the image the current one. @returns the SHA-256 of what was read back @throws ApduError */
  makeSelectable(): Uint8Array;
  restart(): void;
}

/**
 * Begins an update.
 * @param release of the firmware that runs
 * @throws ApduError 6A81 on a board without slots, 6A80 for a header that is not whole or is another board's, 6A84, 6A89
 */
export function beginUpdate(board: Board, release: string, install: InstallForLoad): Update {
  const found = board.images();
  if (found === undefined) throw new ApduError(SW_FUNCTION_NOT_SUPPORTED, "this board has no room for a second image");
  const slots = found;
  const header = parseImageHeader(install.header, board.wire.crc32);
  if (header === undefined || !slots.fits(header.model))
    throw new ApduError(SW_WRONG_DATA, "the header is not whole, or of an image for another board");
  if (header.version <= versionNumber(release))
    throw new ApduError(SW_VERSION_NOT_HIGHER, "a version that is above the present one");
  const end = imageLength(header);
  if (header.bundleAt < IMAGE_HEADER_LENGTH || header.bundleLength === 0 || end > slots.length)
    throw new ApduError(SW_NOT_ENOUGH_MEMORY, "an image fits into a slot");
  const flash = slots.flash;
  const start = slots.running === 0 ? slots.length : 0;
  let at = IMAGE_HEADER_LENGTH;
  let next = 0;
  // With the header of what lay here, if there was one.
  flash.erase(start);
  return {
    load: function (block) {
      const behind = at + block.bytes.length;
      if (block.number !== (next & 255) || behind > end || block.last !== (behind === end))
        throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "the blocks come in order, as many as the header says");
      const size = flash.pageSize;
      for (let page = (at + size - 1) & -size; page < behind; page += size) flash.erase(start + page);
      flash.write(start + at, block.bytes);
      at = behind;
      next++;
    },
    makeSelectable: function () {
      if (at !== end) throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "all blocks come before");
      const body = start + IMAGE_HEADER_LENGTH;
      const hash = imageDigest(board.primitives.hashes.sha256, end - IMAGE_HEADER_LENGTH, function (place, length) {
        return slots.view(body + place, length);
      });
      if (!equalBytes(hash, install.hash))
        throw new ApduError(SW_MEMORY_FAILURE, "what was read back is not what was announced");
      flash.write(start, install.header);
      if (!equalBytes(flash.read(start, IMAGE_HEADER_LENGTH), install.header))
        throw new ApduError(SW_MEMORY_FAILURE, "the header does not read back");
      return hash;
    },
    restart: slots.restart,
  };
}
