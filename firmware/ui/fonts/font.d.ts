/** What the build makes of a font's text. */
declare module "*.font" {
  /** Height is a multiple of eight; `length` bytes of glyphs are at `at` in the file of all fonts, as build/fonts.ts describes them. */
  export const font: { width: number; height: number; first: number; at: number; length: number };
}
