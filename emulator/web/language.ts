/** The language that a visitor chose, or prefers. */
import { type PageLanguage, pageLanguage } from "./strings.ts";

/** Where the choice is kept. */
const KEY = "ochre-language";

/** As chosen on an earlier visit, else as the browser prefers. */
export function visitorsLanguage(): PageLanguage {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(KEY);
  } catch {
    // The browser keeps nothing for this page.
  }
  return kept === "en" || kept === "vi" ? kept : pageLanguage(navigator.languages);
}

export function rememberLanguage(language: PageLanguage): void {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // The browser keeps nothing for this page: the next visit begins as this one did.
  }
}
