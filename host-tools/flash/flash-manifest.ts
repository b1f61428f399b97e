/** What flashing must know of a bundle: a part of the build's manifest. */
export interface FlashManifest {
  board: string;
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
  storage: { bundle: string; boot: string; journal: string; journalFileBytes: number };
  /** Text of the file `storage.boot`. */
  bootFile: string;
  /** Files beside the bundle: contents in base64 by name. */
  files: Record<string, string>;
}
