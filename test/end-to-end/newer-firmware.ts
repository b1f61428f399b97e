/** Firmware as the next releases will be: the built bundle under another version. */
import type { Manifest } from "../../emulator/machine/manifest.ts";
import { firmwareImage } from "../../host-tools/flash/image.ts";
import type { FirmwareRelease } from "../../host-tools/provisioning/update-firmware.ts";
import { builtBundle } from "./bank.ts";

/** As `ochre update` tells it. */
export const digestOf = ({ digest }: FirmwareRelease) => Buffer.from(digest).toString("hex");

/** @param change of the bundle's text @param files false for an image with nothing but the bundle */
export async function release(
  version: string,
  { board = "pico-keypad", change = (bundle: string) => bundle, files = true } = {},
): Promise<FirmwareRelease> {
  const { bundle, manifest } = await builtBundle(board);
  const parts = bundle.split(`"${manifest.version}"`);
  if (parts.length < 2) throw new Error("the bundle does not name its version");
  const next = change(parts.join(`"${version}"`));
  return {
    board,
    version,
    ...firmwareImage(next, { ...(manifest as Manifest), version, ...(files ? {} : { files: {} }) }),
  };
}
