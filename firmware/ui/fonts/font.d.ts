/** What the build makes of a font's text: build/font-file.ts describes the parts, which are `[offset, length]` in the file of all fonts. */
declare module "*.font" {
  /** Height is a multiple of eight; `halves` has no length in a narrow font. */
  export const font: { width: number; height: number; halves: number[]; index: number[]; glyphs: number[] };
}
