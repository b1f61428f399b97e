/** What stands in a bundle in place of each function of messages (`messages.ts`): the sentences lie in the image, beside the bundle. */
import { IMAGE_HEADER_LENGTH } from "../../protocol/image/firmware-image.ts";
import { image } from "../hal/image.ts";
import { place } from "./stored.texts";

declare const espruinoRequire: (module: "Storage") => { read(name: string, at: number, length: number): string };
declare const E: { toArrayBuffer(text: string): ArrayBuffer };

/** @param language 0 Vietnamese, 1 English @param id the number that the build gave to a message, from 1 */
export function storedText(language: number, id: number): string {
  const storage = espruinoRequire("Storage");
  const ends = new Uint16Array(
    E.toArrayBuffer(storage.read(image.file, image.at + place.table + 4 * id + 2 * language, 4)),
  );
  return storage.read(image.file, image.at + IMAGE_HEADER_LENGTH + ends[0], ends[1] - ends[0]);
}
