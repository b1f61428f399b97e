/** The published vectors on the genuine Espruino of a simulated RP2040, through what the bundle exports, with each provider. */
import { describe, expect, test } from "vitest";
import { bootRom } from "../../emulator/mcu/boot-rom.ts";
import { flashOfImage } from "../../emulator/mcu/flash-image.ts";
import { evaluation, flashWithBundle, onConsole } from "../../emulator/mcu/installation.ts";
import { builtBundle } from "../end-to-end/bank.ts";
import { prelude, questions } from "../vectors/questions.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

// Reason to skip: image and boot ROM are the user's to supply; mcu.test.ts says so in a line.
describe.skipIf(!rp2040Supplied)("the bundle's functions on an RP2040", { timeout: 3_600_000 }, () => {
  test.each([
    { computes: "thumb", primitives: "primitives", maxRounds: 80_000 },
    { computes: "typescript", primitives: "typescript", maxRounds: 2 },
  ])("answer every vector with $computes", async ({ computes, primitives, maxRounds }) => {
    const { image, bootrom } = await rp2040Files();
    const parts = { rom: bootRom(bootrom), image: flashOfImage(image), ...(await builtBundle()) };
    const asked = questions({ maxRounds, subkeys: computes === "typescript" });
    const answers: string[] = [];
    await onConsole(parts, await flashWithBundle(parts), "the vectors are asked", async (type) => {
      await type(evaluation(parts));
      for (const line of prelude) await type(line);
      await type(`p=t.crypto.${primitives}()`);
      expect(JSON.parse(await type("JSON.stringify(p.providers)"))).toEqual({
        sha1: computes,
        sha256: computes,
        sha512: computes,
        aes128: computes,
      });
      for (const { script } of asked) answers.push(await type(script));
    });
    expect(asked.map(({ name }, i) => `${name}: ${answers[i]}`)).toEqual(
      asked.map(({ name, answer }) => `${name}: ${answer}`),
    );
    expect(asked.length).toBeGreaterThan(270);
  });
});
