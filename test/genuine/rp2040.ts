/** The genuine Espruino for the RP2040 that OCHRE_RP2040_IMAGE names, and the boot ROM that OCHRE_RP2040_BOOTROM names. */
import { readFile } from "node:fs/promises";

const { OCHRE_RP2040_IMAGE: image, OCHRE_RP2040_BOOTROM: bootrom } = process.env;

export const rp2040Supplied = image !== undefined && bootrom !== undefined;

/** @throws Error where one of them can't be read */
export async function rp2040Files(): Promise<{ image: Uint8Array; bootrom: Uint8Array }> {
  return { image: await readFile(image as string), bootrom: await readFile(bootrom as string) };
}
