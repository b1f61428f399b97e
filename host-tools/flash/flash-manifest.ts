/** What flashing must know of a bundle: a part of the build's manifest. */
export interface FlashManifest {
  board: string;
  /** Of the board, 0 to 65535. */
  model: number;
  /** Firmware version. */
  version: string;
  interpreter: {
    /** Espruino's own name of its build for this board: `process.env.BOARD`. */
    board: string;
    /** The oldest `process.version` that the bundle was tested on. */
    version: string;
    /** Where its Storage lies in the address space. */
    storage: { address: number; bytes: number };
    /** Board-ID on the drive of a board in BOOTSEL mode, family of the UF2 files that it takes. */
    drive: { boardId: string; family: number };
  };
  /** The images' file has two slots of `slotBytes`, from its first page on. */
  storage: {
    images: string;
    slotBytes: number;
    imagesFileBytes: number;
    boot: string;
    journal: string;
    journalFileBytes: number;
  };
  /** Text of the file `storage.boot`. */
  bootFile: string;
  /** What stands before the bundle in an image: contents in base64 by name. */
  files: Record<string, string>;
}
