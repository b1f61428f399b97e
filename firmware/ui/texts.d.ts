/** `import { place } from "./stored.texts"`: where the build has put the token's sentences. */
declare module "*.texts" {
  /** In the image: the table of offsets, two bytes each; and where they count from. */
  export const place: { table: number; texts: number };
}
