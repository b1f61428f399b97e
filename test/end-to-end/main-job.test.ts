/** The main job on the engine `fast`; `test/genuine` has it on the others. And the demonstration, which tells it to somebody. */
import { expect, test } from "vitest";
import { sentences } from "../../demo/sentences.ts";
import { tellStory } from "../../demo/story.ts";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { describeStory } from "./story.ts";

describeStory("fast", {
  boot: (start) => FastEngine.boot(start),
  patience: { timeoutMs: 500, retries: 3 },
  faults: ({ machine }) => machine.faults,
});

describeStory("buttons", {
  board: "pico-buttons",
  boot: (start) => FastEngine.boot(start),
  patience: { timeoutMs: 500, retries: 3 },
  faults: ({ machine }) => machine.faults,
});

test.each(["en", "vi"] as const)("the whole story is told, in %s", async (language) => {
  const told: string[] = [];
  const pictures: string[] = [];
  const { close } = await tellStory({
    language,
    serial: `OC-STORY-${language.toUpperCase()}`,
    tell: (sentence) => told.push(sentence),
    show: (picture) => pictures.push(picture),
  });
  await close();
  expect(told.at(-1)).toBe(sentences[language].onlyOnce);
  expect(new Set(pictures).size).toBe(pictures.length);
});
