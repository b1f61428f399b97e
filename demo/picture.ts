/** `node demo/picture.ts` draws docs/token.svg anew: the token of the story, showing a time code. */
import { writeFile } from "node:fs/promises";
import { codeOf } from "../emulator/testing/capture.ts";
import { tellStory } from "./story.ts";
import { tokenDrawing } from "./token-drawing.ts";

const { token, pin, close } = await tellStory({ language: "en", tell: () => {}, show: () => {} });
try {
  token.press("OK", ...pin, "OK", "1");
  const { display, manifest } = token.machine;
  const title = `The token: a keypad of four rows of four keys, and above it a display with the code ${codeOf(token)}`;
  await writeFile(new URL("../docs/token.svg", import.meta.url), tokenDrawing(manifest, display.frame(), title));
} finally {
  await close();
}
process.exit(0);
