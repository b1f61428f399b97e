/** `import { place } from "./stored.texts"`: where the build has put the token's sentences. */
declare module "*.texts" {
  /** The Storage file; in it, the table of offsets, two bytes each; and where they count from. */
  export const place: { file: string; table: number; texts: number };
}
