/** What the build makes of a font's text. */
declare module "*.font" {
  /** Height is a multiple of eight; glyphs are Base64, as build/fonts.ts describes them. */
  export function font(): { width: number; height: number; first: number; glyphs: string };
}
