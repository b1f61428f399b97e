/** Sees what a page shows for a moment only: whoever looks now and then would miss it. */
import type { Page } from "playwright-core";

/** Looks from now on at the places that `selector` names. */
export async function watch(page: Page, selector: string): Promise<void> {
  await page.evaluate(`{
    globalThis.seenWords = [];
    const look = () => {
      for (const place of document.querySelectorAll(${JSON.stringify(selector)})) {
        const words = place.textContent;
        if (words !== "" && words !== seenWords.at(-1)) seenWords.push(words);
      }
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
  }`);
}

/** The words that were seen since this was asked last. */
export async function seen(page: Page): Promise<string[]> {
  return (await page.evaluate("seenWords.splice(0)")) as string[];
}
