/** What the display says, for whoever hears it instead. */
import type { Screen } from "../engine.ts";
import type { PageLanguage } from "./embedded.ts";
import { say } from "./strings.ts";

/** A bar that shrinks or fills: it says nothing, and would be said every second. */
const BAR = /^[█░\s]*$/;

/** The display's text in one line; the chosen line of a menu is named as such. */
export function screenWords(screen: Screen, language: PageLanguage): string {
  if (!screen.on) return say(language, "displayDark");
  return screen.lines
    .map(({ text, inverted }) => ({ text: text.trim().replace(/\s+/g, " "), inverted }))
    .filter(({ text }) => !BAR.test(text))
    .map(({ text, inverted }) => (inverted ? say(language, "chosen", { text }) : text))
    .join(". ");
}
