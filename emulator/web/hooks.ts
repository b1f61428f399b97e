/** What every part of the page takes from around it: the language, and the session as it is now. */
import { createContext } from "preact";
import { useContext, useEffect, useReducer } from "preact/hooks";
import type { PageLanguage } from "./embedded.ts";
import type { Session } from "./session.ts";
import { type StringKey, say } from "./strings.ts";

export const LanguageContext = createContext<PageLanguage>("en");

/** Says a string in the page's language. */
export function useSay(): (key: StringKey, values?: Record<string, string | number>) => string {
  const language = useContext(LanguageContext);
  return (key, values) => say(language, key, values);
}

/** Draws anew with each change of the session. */
export function useSession(session: Session): void {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => session.subscribe(() => redraw(undefined as never)), [session]);
}
