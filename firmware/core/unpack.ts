/** Parts of the bundle that lie compressed behind it in the image; see firmware/build/packed-parts.ts, which calls this and nobody else. */
import { image } from "../hal/image.ts";

declare const espruinoRequire: {
  (module: "Storage"): { read(name: string, at: number, length: number): string };
  (module: "heatshrink"): { decompress(stream: string): ArrayBuffer };
};
declare const E: { CRC32(text: string): number; toFlatString(bytes: ArrayBuffer): string | undefined };

/**
 * The text of a part.
 * @param at where in the image its stream begins @param length of the stream @param sum CRC-32 of the stream
 * @throws Error for a stream that is not what the build wrote: not half of it is run
 */
export function unpack(at: number, length: number, sum: number): string {
  const stream = espruinoRequire("Storage").read(image.file, image.at + at, length);
  if (E.CRC32(stream) !== sum) throw new Error("a part of the firmware is damaged");
  // In one piece, for which the interpreter makes room: it would look for each function of a text in pieces from its beginning on.
  return E.toFlatString(espruinoRequire("heatshrink").decompress(stream)) as string;
}
