/** What the browser remembers of earlier visits: the language that was chosen, that the guide was closed, that the sound was off. */
import type { PageLanguage } from "./embedded.ts";
import { pageLanguage } from "./strings.ts";

const LANGUAGE = "ochre-language";
const GUIDE = "ochre-guide";
const CLOSED = "closed";
const SOUND = "ochre-sound";
const OFF = "off";

/** As chosen on an earlier visit, else as the browser prefers. */
export function visitorsLanguage(): PageLanguage {
  const kept = read(LANGUAGE);
  return kept === "en" || kept === "vi" ? kept : pageLanguage(navigator.languages);
}

export function rememberLanguage(language: PageLanguage): void {
  write(LANGUAGE, language);
}

export function guideIsClosed(): boolean {
  return read(GUIDE) === CLOSED;
}

export function rememberGuide(closed: boolean): void {
  write(GUIDE, closed ? CLOSED : "");
}

export function soundIsOff(): boolean {
  return read(SOUND) === OFF;
}

export function rememberSound(on: boolean): void {
  write(SOUND, on ? "" : OFF);
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    // The browser keeps nothing for this page.
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The browser keeps nothing for this page: the next visit begins as this one did.
  }
}
