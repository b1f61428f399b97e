/** What the build puts into the page that runs without a server. */
import type { Manifest } from "../machine/manifest.ts";
import type { Stage } from "./guide.ts";
import type { PageLanguage } from "./strings.ts";

/** A token to begin with, as plain data. */
export interface PageToken {
  serial: string;
  stage: Stage;
  /** The factory's keys of a token with a blank flash, 16 bytes each in hexadecimal: test keys, which anybody may know. */
  transportKeys: { version: number; enc: string; mac: string; dek: string };
  /** Base64 of the flash pages that are not blank, by number; a blank flash without it. */
  pages?: Record<string, string>;
}

/** One for each of the page's languages, where their own screens speak it too; else one for both. */
export type PageTokens = PageToken | Record<PageLanguage, PageToken>;

export interface Embedded {
  bundle: string;
  manifest: Manifest;
  tokens: PageTokens;
}
