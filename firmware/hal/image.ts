/**
 * Where the image lies that the running code is part of: in a Storage file, from some byte on. Whoever reads what stands beside the bundle
 * in it begins there. Until `start` says otherwise, as on an interpreter without slots, it is a file of its own.
 */
export const image = { file: "ochre.img", at: 0 };

/** Says where it lies, where that is in a slot. */
export function lieAt(file: string | undefined, at: number | undefined): void {
  if (file === undefined || at === undefined) return;
  image.file = file;
  image.at = at;
}
