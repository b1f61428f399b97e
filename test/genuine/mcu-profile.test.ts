/** `ochre emulator --engine mcu --profile`, as somebody types it who hunts for a slow screen. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, TestRunner, test } from "vitest";
import type { ProfileRow } from "../../emulator/mcu/profile.ts";
import { measured } from "./measured.ts";
import { rp2040Supplied } from "./rp2040.ts";

const program = fileURLToPath(new URL("../../bin/ochre.js", import.meta.url));
/** Milliseconds in which the bytes of a whole picture pass at 400 kHz, with nothing around them. */
const FRAME_MS = (1024 * 9) / 400;
const SCREENS = [
  "home to about",
  "about to settings",
  "PIN is set",
  "PIN to menu",
  "menu to time code",
  "waking up",
  "menu to challenge",
  "challenge to question",
  "question to code",
  "menu to transaction code",
  "amount to the whole transfer",
  "transfer to signature",
  "last wrong PIN to locked",
  "locked to challenge",
  "challenge to the bank's answer",
  "answer to unlocked",
];

// Reason to skip: image and boot ROM are the user's to supply; mcu.test.ts says so in a line.
describe.skipIf(!rp2040Supplied)("the profile of each screen", { timeout: 1_200_000 }, () => {
  test.each(["pico-keypad", "pico-buttons"])(
    "of %s has codes, signature, settings, lock and unlocking",
    async (board) => {
      const { OCHRE_RP2040_IMAGE: image, OCHRE_RP2040_BOOTROM: bootrom } = process.env;
      const args = [
        "--engine",
        "mcu",
        "--image",
        image!,
        "--bootrom",
        bootrom!,
        "--profile",
        "--board",
        board,
        "--json",
      ];
      const { stdout } = await promisify(execFile)(process.execPath, [program, "emulator", ...args]);
      const { profile } = JSON.parse(stdout) as { profile: ProfileRow[] };
      expect(new Set(profile.map(({ name }) => name)).size).toBe(profile.length);
      for (const screen of SCREENS) {
        const row = profile.find(({ name }) => name === screen);
        expect(row?.ms, screen).toBeGreaterThan(FRAME_MS);
        expect(row?.cycles, screen).toBeCloseTo(row!.ms * 125_000, -3);
      }
      measured(
        TestRunner.getCurrentTest()!,
        profile.map((row) => ({ ...row, name: `${board}: ${row.name}` })),
      );
    },
  );
});
