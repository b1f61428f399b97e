/** About the token, and behind it a list of what its customer may ask of it. */

import {
  CLOCK_AFTER,
  CLOCK_DRIFT,
  CLOCK_DRIFT_SPAN,
  CLOCK_DRIFT_ZERO,
  clockHistoryTime,
} from "../../protocol/apdu/clock-history.ts";
import { soundTime } from "../core/clock-guard.ts";
import { CLOCK_HISTORY, KEYS } from "../core/entries.ts";
import { selfTest } from "../core/self-test.part.ts";
import { ACTIVE, ISSUED } from "../core/token.ts";
import { VERSION } from "../core/version.ts";
import type { Key } from "../hal/board.ts";
import { clockTrouble } from "./clock-trouble.part.ts";
import type { Face } from "./face.ts";
import type { Flow } from "./flow.ts";
import { newPin } from "./new-pin.part.ts";
import { type SettingsMessage, settingsMessage } from "./settings-messages.ts";

declare const process: { version: string };

const DAY_SECONDS = 86400;
const SECOND_MS = 1000;

export function settings(face: Face): Flow {
  const token = face.token;
  const board = token.board;
  const canvas = face.canvas;
  const font = face.fonts.text;
  let screen = "about";
  let chosen = 0;
  let lines: string[] = [];
  let timer: number | undefined;

  const say = function (id: SettingsMessage): string {
    return settingsMessage(token.language(), id);
  };
  const stop = function (): void {
    if (timer !== undefined) board.timers.cancel(timer);
    timer = undefined;
  };
  const show = function (next: string): void {
    stop();
    screen = next;
    face.show("flow");
  };
  const leave = function (): void {
    face.forget();
    face.show("home");
  };
  const choices = function (): SettingsMessage[] {
    const list: SettingsMessage[] = ["selfTest", "otherLanguage", token.accessible() ? "easyOn" : "easyOff"];
    list.push("clockMenu", "versionsMenu");
    if (token.state() === ACTIVE) list.unshift("changePin");
    return list;
  };
  /** As `2027-01-15 08:00:05`. */
  const moment = function (unixSeconds: number): string {
    return new Date(unixSeconds * SECOND_MS).toISOString().substr(0, 19).split("T").join(" ");
  };
  const clockLines = function (): void {
    lines = [say("clockTitle"), moment(board.clock.now())];
    const history = token.journal.get(CLOCK_HISTORY);
    if (history === undefined) return;
    if (soundTime(board, token.journal) === undefined) {
      lines = lines.concat(clockTrouble(token));
      return;
    }
    lines.push(say("clockSet") + moment(clockHistoryTime(history, CLOCK_AFTER)).substr(0, 10));
    const days = Math.round(clockHistoryTime(history, CLOCK_DRIFT_SPAN) / DAY_SECONDS);
    const drift = clockHistoryTime(history, CLOCK_DRIFT) - CLOCK_DRIFT_ZERO;
    if (days > 0) lines.push(say("clockDrift") + (drift > 0 ? "+" : "") + drift + " s / " + days + say("driftDays"));
  };
  const versionLines = function (): void {
    const keys = token.journal.get(KEYS);
    lines = [say("firmwareVersion") + VERSION, "Espruino " + process.version];
    lines.push(say("keyVersion") + (keys === undefined ? "-" : keys[0]), say("assuranceClass") + board.assurance);
    if (keys !== undefined) keys.fill(0);
  };
  /** A clock that is looked at goes. */
  const tick = function (): void {
    timer = board.timers.after(SECOND_MS, function () {
      tick();
      canvas.clearPages(2, 3);
      canvas.text(font, 2, 0, moment(board.clock.now()));
      canvas.flush();
    });
  };
  const choose = function (choice: SettingsMessage): void {
    if (choice === "changePin") {
      face.forget();
      face.begin(newPin(face, true));
    } else if (choice === "clockMenu") {
      clockLines();
      show("lines");
      tick();
    } else if (choice === "versionsMenu") {
      versionLines();
      show("lines");
    } else if (choice === "selfTest") {
      face.work(true, function () {
        const found = selfTest(board);
        lines = found.lines;
        const passed = token.vault.sound() && found.failed.length === 0;
        lines.unshift(passed ? say("selfTestPassed") : face.say("selfTestFailed"));
        show("lines");
      });
    } else {
      face.work(false, function () {
        const other = choice === "otherLanguage";
        const language = token.language();
        token.setPreferences(other ? 1 - language : language, token.accessible() !== !other);
        face.restyle();
        show(other ? "about" : "list");
      });
    }
  };

  const draw = function (): void {
    if (screen === "about") {
      canvas.text(font, 0, 0, "Ochre " + VERSION);
      canvas.text(font, 2, 0, board.name + " / " + board.assurance);
      canvas.text(font, 4, 0, token.serial());
      if (token.state() < ISSUED) canvas.text(font, 6, 0, face.say("factory"));
      else canvas.text(font, 6, 0, face.say("triesLeft") + token.vault.triesLeft());
    } else if (screen === "lines") {
      for (let i = 0; i < lines.length; i++) canvas.text(font, 2 * i, 0, lines[i]);
    } else {
      const list = choices();
      face.drawList("settings", list.length, chosen, function (at) {
        return say(list[at]);
      });
    }
  };
  const key = function (key: Key): void {
    if (screen === "about" && key === "OK") {
      chosen = 0;
      show("list");
    } else if (screen !== "list") leave();
    else {
      const list = choices();
      const digit = key.length === 1 ? key.charCodeAt(0) - 49 : -1;
      if (key === "UP" || key === "DOWN") {
        chosen = (chosen + (key === "DOWN" ? 1 : list.length - 1)) % list.length;
        show("list");
      } else if (key === "OK") choose(list[chosen]);
      else if (digit >= 0 && digit < list.length) {
        chosen = digit;
        choose(list[digit]);
      } else leave();
    }
  };
  return { draw: draw, key: key, forget: stop };
}
