/** What stands in front of the script of a page that runs without a server. */
import type { Manifest } from "../machine/manifest.ts";

export type PageLanguage = "en" | "vi";

/** How far a token is: personalised, or as it left the factory. */
export type Stage = "issued" | "factory";

/** What the factory gives a token with a host's line, and one without; bytes in hexadecimal. Test keys: whoever has the page has them. */
export type PageInstallation =
  | { keyVersion: number; enc: string; mac: string; dek: string }
  | { entries: { id: number; value: string }[] };

/** A token to begin with, as plain data. */
export interface PageToken {
  serial: string;
  stage: Stage;
  /** Of a token whose flash is blank. */
  install: PageInstallation;
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
