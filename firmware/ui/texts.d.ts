/** `import { place } from "./stored.texts"`: where the build has put the token's sentences. */
declare module "*.texts" {
  /** In the image: the table of offsets, two bytes each, less those of a message 0. They count from behind the image's header. */
  export const place: { table: number };
}
