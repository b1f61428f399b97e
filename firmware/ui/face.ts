/**
 * The token's face: which screen is shown, what each key does there, and what is drawn. One state machine, two switches: `key` and
 * `draw`. A key that wakes the token does nothing else. The PIN is asked for each code.
 */
import { KIND_CHALLENGE } from "../../protocol/apdu/personalisation-data.ts";
import { checkChallenge } from "../../protocol/otp/challenge.ts";
import type { Credential } from "../core/credential.ts";
import { selfTest } from "../core/self-test.part.ts";
import { ACTIVE, BLANK, FACTORY, ISSUED, LOCKED, type Token } from "../core/token.ts";
import { PIN_MAX_LENGTH, PIN_MIN_LENGTH, weakPin } from "../core/weak-pin.ts";
import type { Board, Key } from "../hal/board.ts";
import { Canvas, type Font } from "./canvas.ts";
import { type Message, message } from "./messages.ts";

type Screen =
  | "off"
  | "home"
  | "about"
  | "selfTest"
  | "newPin"
  | "repeatPin"
  | "pin"
  | "menu"
  | "number"
  | "confirm"
  | "working"
  | "code"
  | "notice";

const CHALLENGE_DIGITS = 10;
const TAIL_DIGITS = 4;
/** After "one moment" was sent, before the work that nothing can be heard in. */
const BREATH_MS = 1;
const TICK_MS = 1000;

export class Face {
  private readonly token: Token;
  private readonly board: Board;
  private readonly version: string;
  private readonly canvas: Canvas;
  private readonly textFont: Font;
  private readonly digitFont: Font;

  private screen: Screen = "off";
  /** What was typed on this screen, ASCII digits; a PIN is never a string. */
  private readonly typed = new Uint8Array(CHALLENGE_DIGITS);
  private typedLength = 0;
  /** The first of the two entries of a new PIN. */
  private firstPin = new Uint8Array(0);
  /** The PIN that is being worked on. */
  private pin = new Uint8Array(0);
  /** Set while "one moment" is shown and the work has not begun. */
  private workTimer: number | undefined;
  private credentials: Credential[] = [];
  private chosen = 0;
  private question = "";
  private code = "";
  /** The moment that the code is of, Unix seconds. */
  private codeTime = 0;
  private noticeLines: string[] = [];
  /** What the last self-test found. */
  private passed = false;
  private afterNotice: Screen = "off";
  private offTimer: number | undefined;
  private tickTimer: number | undefined;

  constructor(token: Token, version: string, textFont: Font, digitFont: Font) {
    this.token = token;
    this.board = token.board;
    this.version = version;
    this.textFont = textFont;
    this.digitFont = digitFont;
    this.canvas = new Canvas(token.board.display);
  }

  /** Shows the first picture. */
  start(): void {
    this.board.display.on();
    this.show("home");
    this.restartOffTimer();
  }

  /** The token's memory changed from outside: a personalisation. Shows what it is now. */
  refresh(): void {
    this.forget();
    if (this.screen !== "off") this.show("home");
  }

  /** One key press. A failure of the flash shows a notice and no code. */
  key(key: Key): void {
    if (this.screen === "working") return;
    this.handle(key);
    // After the picture, which the customer waits for.
    if (this.screen !== "off") this.restartOffTimer();
  }

  private handle(key: Key): void {
    if (this.screen === "off") {
      this.board.display.on();
      this.show(this.token.state() === ACTIVE ? "pin" : "home");
      return;
    }
    if (key === "OFF") {
      this.off();
      return;
    }
    const digit = key.length === 1;
    switch (this.screen) {
      case "menu":
        if (key === "DOWN" || key === "UP") {
          const step = key === "DOWN" ? 1 : this.credentials.length - 1;
          this.chosen = (this.chosen + step) % this.credentials.length;
          this.draw();
        } else if (key === "OK") this.choose();
        else if (digit && key !== "0" && key.charCodeAt(0) - 49 < this.credentials.length) {
          this.chosen = key.charCodeAt(0) - 49;
          this.choose();
        } else if (key === "CLEAR") this.off();
        break;
      case "home":
        if (key === "MENU") this.show("about");
        else if (this.token.state() === ISSUED) this.show("newPin");
        else if (this.token.state() === ACTIVE) this.show("pin");
        break;
      case "about":
        if (key === "OK") this.test();
        else this.show("home");
        break;
      case "selfTest":
        this.show("home");
        break;
      case "newPin":
      case "repeatPin":
      case "pin":
        if (digit) this.type(key, PIN_MAX_LENGTH);
        else if (key === "CLEAR") this.erase();
        else if (key === "MENU" && this.screen === "pin") this.show("about");
        else if (key === "OK") this.pinEntered();
        break;
      case "number":
        if (digit) this.type(key, CHALLENGE_DIGITS);
        else if (key === "CLEAR") this.erase();
        else if (key === "OK") this.numberEntered();
        break;
      case "confirm":
        if (key === "OK") this.compute();
        else if (key === "CLEAR") {
          this.forget();
          this.notice("refused", "notSigned", "off");
        }
        break;
      case "code":
        this.off();
        break;
      case "notice":
        this.leaveNotice();
        break;
    }
  }

  /** Dark, and nothing secret left in RAM. */
  private off(): void {
    this.forget();
    this.screen = "off";
    this.cancelTimers();
    try {
      // The short command first: a code goes dark even where the picture can't be sent.
      this.board.display.off();
      this.canvas.clear();
      this.canvas.flush();
    } catch {
      this.offTimer = this.board.timers.after(TICK_MS, () => {
        this.offTimer = undefined;
        this.off();
      });
    }
  }

  /** Overwrites what is secret and calls off work that has not begun: what it was for may be gone. */
  private forget(): void {
    if (this.workTimer !== undefined) this.board.timers.cancel(this.workTimer);
    this.workTimer = undefined;
    this.token.vault.close();
    this.pin.fill(0);
    this.firstPin.fill(0);
    this.typed.fill(0);
    this.typedLength = 0;
    this.question = "";
    this.code = "";
  }

  private cancelTimers(): void {
    if (this.offTimer !== undefined) this.board.timers.cancel(this.offTimer);
    if (this.tickTimer !== undefined) this.board.timers.cancel(this.tickTimer);
    this.offTimer = undefined;
    this.tickTimer = undefined;
  }

  private restartOffTimer(): void {
    if (this.offTimer !== undefined) this.board.timers.cancel(this.offTimer);
    this.offTimer = this.board.timers.after(this.token.autoOffSeconds() * 1000, () => {
      this.offTimer = undefined;
      this.off();
    });
  }

  private show(screen: Screen): void {
    this.typed.fill(0);
    this.typedLength = 0;
    this.screen = screen;
    this.draw();
  }

  /** @param number stands after the second line, where there is one */
  private notice(first: Message, second: Message, next: Screen, number?: number): void {
    const language = this.token.language();
    this.noticeLines = [message(language, first), message(language, second) + (number === undefined ? "" : number)];
    this.afterNotice = next;
    this.show("notice");
  }

  private leaveNotice(): void {
    if (this.afterNotice === "off") this.off();
    else this.show(this.afterNotice);
  }

  private type(key: Key, limit: number): void {
    if (this.typedLength >= limit) return;
    this.typed[this.typedLength++] = key.charCodeAt(0);
    this.drawTyped();
    // What the customer may do next changes with this digit.
    if (this.typedLength === PIN_MIN_LENGTH && this.screen !== "number") this.drawHint();
    this.canvas.flush();
  }

  private erase(): void {
    if (this.typedLength === 0) {
      this.off();
      return;
    }
    this.typed[--this.typedLength] = 0;
    this.drawTyped();
    if (this.typedLength === PIN_MIN_LENGTH - 1 && this.screen !== "number") this.drawHint();
    this.canvas.flush();
  }

  /** Does the job, at once or, where it is a long one, behind a "one moment" on the lowest line: the interpreter is deaf meanwhile. */
  private work(long: boolean, job: () => void): void {
    const run = () => {
      this.workTimer = undefined;
      try {
        job();
      } catch {
        this.forget();
        this.notice("memoryFault", "goToBank", "off");
      }
      if (long) this.restartOffTimer();
    };
    if (!long) {
      run();
      return;
    }
    this.screen = "working";
    this.drawLowest("working");
    this.canvas.flush();
    this.workTimer = this.board.timers.after(BREATH_MS, run);
  }

  private pinEntered(): void {
    if (this.typedLength < PIN_MIN_LENGTH) return;
    if (this.screen === "newPin" && !this.token.vault.sound()) {
      this.unsound();
      return;
    }
    const pin = new Uint8Array(this.typed.subarray(0, this.typedLength));
    if (this.screen === "newPin") {
      if (weakPin(pin) !== "") {
        pin.fill(0);
        this.notice("pinWeak", "choosePin", "newPin");
        return;
      }
      this.firstPin = pin;
      this.show("repeatPin");
    } else if (this.screen === "repeatPin") {
      let difference = this.firstPin.length ^ pin.length;
      for (let i = 0; i < pin.length; i++) difference |= pin[i] ^ this.firstPin[i];
      this.firstPin.fill(0);
      if (difference !== 0) {
        pin.fill(0);
        this.notice("pinsDiffer", "choosePin", "newPin");
        return;
      }
      this.pin = pin;
      this.work(true, () => {
        this.token.vault.setPin(this.pin);
        this.pin.fill(0);
        this.notice("pinSet", "pressOk", "pin");
      });
    } else {
      this.pin = pin;
      this.work(true, () => {
        const opened = this.token.vault.open(this.pin);
        this.pin.fill(0);
        if (opened) {
          this.credentials = this.token.vault.credentials;
          this.chosen = 0;
          this.show("menu");
        } else if (!this.token.vault.sound()) this.unsound();
        else if (this.token.vault.triesLeft() > 0) {
          this.notice("wrongPin", "triesLeft", "pin", this.token.vault.triesLeft());
        } else this.show("home");
      });
    }
  }

  private unsound(): void {
    this.forget();
    this.notice("selfTestFailed", "goToBank", "off");
  }

  private choose(): void {
    if (this.credentials[this.chosen].kind === KIND_CHALLENGE) this.show("number");
    else this.compute();
  }

  private numberEntered(): void {
    const number = this.board.wire.toLatin1(this.typed.subarray(0, this.typedLength));
    try {
      checkChallenge(number);
    } catch {
      this.notice("wrongNumber", "readAgain", "number");
      return;
    }
    this.question = number;
    this.show("confirm");
  }

  private test(): void {
    this.work(true, () => {
      const found = selfTest(this.board);
      this.noticeLines = found.lines;
      this.passed = this.token.vault.sound() && found.failed.length === 0;
      this.show("selfTest");
    });
  }

  private compute(): void {
    const credential = this.credentials[this.chosen];
    this.work(this.token.takesLong(credential), () => {
      const shown = this.token.code(credential, this.question, (code, unixSeconds) => {
        this.code = code;
        this.codeTime = unixSeconds;
        this.show("code");
      });
      if (shown) this.tick();
      else this.notice("clockChanged", "goToBank", "off");
    });
  }

  private tick(): void {
    this.tickTimer = this.board.timers.after(TICK_MS, () => {
      if (this.screen !== "code") return;
      this.tick();
      this.drawBar(this.board.clock.now());
      this.canvas.flush();
    });
  }

  private drawBar(unixSeconds: number): void {
    const period = this.credentials[this.chosen].period;
    const left = period - (this.codeTime % period) - (unixSeconds - this.codeTime);
    // A code that has outlived its step keeps an empty bar: it is on its way to be refused.
    this.canvas.bar(7, Math.max(0, Math.min(left, period)), period);
  }

  /** A message in the middle of the lowest line, in place of what stood there. */
  private drawLowest(id: Message): void {
    this.canvas.clearPages(6, 7);
    this.canvas.centred(this.textFont, 6, message(this.token.language(), id));
  }

  /** What was typed, and places for what is still to come. */
  private drawTyped(): void {
    const typed = this.typedLength;
    let text: string;
    if (this.screen === "number") {
      const digits = this.board.wire.toLatin1(this.typed.subarray(0, typed)) + "__________".substr(typed);
      text = digits.substr(0, 4) + " " + digits.substr(4, 5) + " " + digits.substr(9);
    } else text = "********".substr(0, typed) + "________".substr(0, Math.max(0, PIN_MIN_LENGTH - typed));
    this.canvas.clearPages(3, 4);
    this.canvas.centred(this.textFont, 3, text);
  }

  /** What may be done with a PIN of so many digits. */
  private drawHint(): void {
    this.drawLowest(this.typedLength < PIN_MIN_LENGTH ? "pinDigits" : "okOrClear");
  }

  private name(credential: Credential, language: number): string {
    // Several of a kind are told apart by the bank's labels; a kind of its own is named in the customer's language.
    for (const other of this.credentials) {
      if (other.kind === credential.kind && other.slot !== credential.slot) return credential.label;
    }
    return message(language, credential.kind === KIND_CHALLENGE ? "challenge" : "timeCode");
  }

  private draw(): void {
    const canvas = this.canvas;
    const font = this.textFont;
    const language = this.token.language();
    canvas.clear();
    switch (this.screen) {
      // First, because each case that is passed takes time, and here it matters.
      case "code": {
        const digits = this.code;
        const half = digits.length >> 1;
        canvas.centred(font, 0, this.name(this.credentials[this.chosen], language));
        // In two groups, if there is room: ten digits leave none.
        canvas.centred(
          this.digitFont,
          3,
          digits.length === 10 ? digits : digits.substr(0, half) + " " + digits.substr(half),
        );
        this.drawBar(this.codeTime);
        break;
      }
      case "home": {
        const state = this.token.state();
        canvas.centred(font, 0, "OCHRE");
        canvas.centred(font, 2, this.token.serial());
        if (state === BLANK) canvas.centred(font, 4, message(language, "blank"));
        else if (state === FACTORY) canvas.centred(font, 4, message(language, "factory"));
        else if (state === LOCKED) canvas.centred(font, 4, message(language, "locked"));
        if (state === LOCKED) canvas.centred(font, 6, message(language, "unlockAtBank"));
        else if (state < ISSUED) canvas.centred(font, 6, message(language, "goToBank"));
        else canvas.centred(font, 6, message(language, "pressOk"));
        break;
      }
      case "about":
        canvas.text(font, 0, 0, "Ochre " + this.version);
        canvas.text(font, 2, 0, this.board.name + " / " + this.board.assurance);
        canvas.text(font, 4, 0, this.token.serial());
        if (this.token.state() < ISSUED) canvas.text(font, 6, 0, message(language, "factory"));
        else canvas.text(font, 6, 0, message(language, "triesLeft") + this.token.vault.triesLeft());
        break;
      case "selfTest":
        canvas.centred(font, 0, message(language, this.passed ? "selfTestPassed" : "selfTestFailed"));
        for (let i = 0; i < this.noticeLines.length; i++) canvas.text(font, 2 + 2 * i, 0, this.noticeLines[i]);
        break;
      case "newPin":
      case "repeatPin":
      case "pin": {
        let title: Message = "enterPin";
        if (this.screen === "newPin") title = "choosePin";
        else if (this.screen === "repeatPin") title = "repeatPin";
        canvas.centred(font, 0, message(language, title));
        this.drawTyped();
        this.drawHint();
        break;
      }
      case "menu": {
        canvas.text(font, 0, 0, message(language, "chooseCode"));
        // Three lines under the title: the list scrolls so that the chosen one is seen.
        const top = Math.max(0, this.chosen - 2);
        for (let i = 0; i < 3 && top + i < this.credentials.length; i++) {
          const page = 2 + 2 * i;
          canvas.text(font, page, 0, top + i + 1 + " " + this.name(this.credentials[top + i], language));
          if (top + i === this.chosen) canvas.invert(page, page + 1);
        }
        break;
      }
      case "number":
        canvas.centred(font, 0, message(language, "enterNumber"));
        this.drawTyped();
        this.drawLowest("okOrClear");
        break;
      case "confirm":
        canvas.centred(font, 0, message(language, "accountEnds"));
        canvas.centred(this.digitFont, 2, this.question.substr(0, TAIL_DIGITS));
        canvas.centred(font, 6, message(language, "yesOrNo"));
        break;
      case "notice":
        canvas.centred(font, 2, this.noticeLines[0]);
        canvas.centred(font, 4, this.noticeLines[1]);
        break;
    }
    canvas.flush();
  }
}
