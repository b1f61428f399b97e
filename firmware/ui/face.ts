/**
 * The token's face: which screen is shown, what each key does there, and what is drawn. One state machine, two switches: `handle` and
 * `draw`. Here are the screens of every day; the others are flows (`flow.ts`), which a board names, and which are loaded when they are
 * begun. A key that wakes the token does nothing else. The PIN is asked for each code.
 */
import {
  KIND_CHALLENGE,
  KIND_CONNECTED_SIGN,
  KIND_COUNTER_CODE,
  KIND_SIGN,
  KIND_VERIFY_BANK,
  TEMPLATE_BILL,
} from "../../protocol/apdu/credential-kind.ts";
import type { Credential } from "../core/credential.ts";
import type { BankOrder, OrderDisplay } from "../core/order-port.ts";
import { ACTIVE, BLANK, FACTORY, ISSUED, LOCKED, type Token } from "../core/token.ts";
import { PIN_MAX_LENGTH, PIN_MIN_LENGTH } from "../core/vault.ts";
import type { Board, Key } from "../hal/board.ts";
import { Canvas } from "./canvas.ts";
import { DigitEntry } from "./digit-entry.ts";
import type { Flow, Flows } from "./flow.ts";
import type { forgottenPin } from "./forgotten-pin.ts";
import { type Message, message } from "./messages.ts";
import type { Typefaces } from "./typefaces.part.ts";
import type { Voice } from "./voice.part.ts";

type Screen = "off" | "home" | "flow" | "pin" | "menu" | "working" | "code" | "notice";

/** After "one moment" was sent, before the work that nothing can be heard in. */
const BREATH_MS = 1;
const TICK_MS = 1000;
/** Before the token goes dark, while a line on the upper edge says so. */
const LAST_SECONDS = 10;

export class Face implements OrderDisplay {
  readonly token: Token;
  readonly canvas: Canvas;
  fonts!: Typefaces;
  private readonly load: (tall: boolean) => Typefaces;
  /** Asks which challenge is wanted, on a board that can set a new PIN (forgotten-pin.ts). */
  forgottenPin: typeof forgottenPin | undefined = undefined;
  private readonly flows: Flows;
  private readonly board: Board;
  /** In the accessible mode, on a board that can be heard. */
  private voice: Voice | undefined;
  /** Big digits on the screen, which can be heard too. */
  private aloud = "";

  private screen: Screen = "off";
  /** A PIN as it is typed: never a string. */
  readonly typed = new DigitEntry(PIN_MAX_LENGTH);
  private flow: Flow | undefined;
  /** The PIN that is being worked on. */
  private pin: Uint8Array = new Uint8Array(0);
  /** Set while "one moment" is shown and the work has not begun. */
  private workTimer: number | undefined;
  private credentials: Credential[] = [];
  private chosen = 0;
  private question = "";
  private code = "";
  /** The moment that the code is of, Unix seconds. */
  private codeTime = 0;
  private noticeLines: string[] = [];
  private afterNotice: Screen = "off";
  private offTimer: number | undefined;
  private tickTimer: number | undefined;
  /** The line on the upper edge is there. */
  private counting = false;

  /** @param load gives the fonts, with digits of double height or without @param flows that the board's customer has */
  constructor(token: Token, load: (tall: boolean) => Typefaces, flows: Flows) {
    this.flows = flows;
    this.token = token;
    this.board = token.board;
    this.load = load;
    this.canvas = new Canvas(token.board.display);
    this.restyle();
  }

  /** Looks and sounds as the customer has chosen. */
  restyle(): void {
    const accessible = this.token.accessible();
    const sound = this.board.sound;
    this.voice = accessible && sound !== undefined ? this.flows.voice!(sound, this.board.timers) : undefined;
    this.fonts = this.load(accessible);
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

  /** One key press. Where flash or clock fails, a notice says so, and no code is shown. */
  key(key: Key): void {
    if (this.screen === "working") return;
    const heard = this.voice;
    if (heard !== undefined) heard.click(true);
    this.work(false, () => {
      if (heard !== undefined && key === "DOWN" && this.aloud !== "") heard.say(this.aloud);
      else this.handle(key);
    });
    if (heard !== undefined) heard.click(false);
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
          const length = this.menuLength();
          this.chosen = (this.chosen + (key === "DOWN" ? 1 : length - 1)) % length;
          this.draw();
        } else if (key === "OK") this.choose();
        else if (digit && key !== "0" && key.charCodeAt(0) - 49 < this.credentials.length) {
          this.chosen = key.charCodeAt(0) - 49;
          this.choose();
        } else if (key === "CLEAR") this.off();
        break;
      case "flow":
        (this.flow as Flow).key(key);
        break;
      case "home":
        if (key === "MENU") this.begin(this.flows.settings(this));
        else if (key === "OK" && this.token.canUnlock()) this.begin(this.flows.bankCode!(this));
        else if (this.token.state() === ISSUED) {
          this.begin(
            this.token.vault.activationEnd() === undefined
              ? this.flows.newPin(this, false)
              : this.flows.bankCode!(this),
          );
        } else if (this.token.state() === ACTIVE) this.show("pin");
        // Who types at once, types into what the key has begun.
        if (digit && this.screen !== "home") this.handle(key);
        break;
      case "pin":
        if (this.type(key)) break;
        if (key === "CLEAR") this.off();
        else if (key === "MENU" && this.flow === undefined) this.begin(this.flows.settings(this));
        else if (key === "OK") this.pinEntered();
        break;
      case "code":
        // A wet finger beside OK must not cost the code, nor the fields that were typed for it.
        if (digit || key === "UP" || key === "DOWN") break;
        if (this.token.vault.firstCode === undefined) this.off();
        else {
          this.cancelTimers();
          this.code = "";
          this.show("menu");
        }
        break;
      case "notice":
        if (this.afterNotice === "off") this.off();
        else {
          this.show(this.afterNotice);
          // Who types at once, types into what the notice has led to.
          if (digit && this.afterNotice !== "menu") this.handle(key);
        }
        break;
    }
  }

  /** Dark, and nothing secret left in RAM. */
  off(): void {
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
  forget(): void {
    if (this.voice !== undefined) this.voice.stop();
    if (this.workTimer !== undefined) this.board.timers.cancel(this.workTimer);
    this.workTimer = undefined;
    this.token.vault.close();
    this.credentials = [];
    this.pin.fill(0);
    this.typed.begin(0);
    if (this.flow !== undefined) this.flow.forget();
    this.flow = undefined;
    this.question = "";
    this.code = "";
    this.aloud = "";
  }

  private cancelTimers(): void {
    if (this.offTimer !== undefined) this.board.timers.cancel(this.offTimer);
    if (this.tickTimer !== undefined) this.board.timers.cancel(this.tickTimer);
    this.offTimer = undefined;
    this.tickTimer = undefined;
  }

  private restartOffTimer(): void {
    if (this.offTimer !== undefined) this.board.timers.cancel(this.offTimer);
    if (this.counting) this.drawCountDown(0);
    const seconds = this.token.autoOffSeconds();
    const last = Math.min(LAST_SECONDS, seconds);
    this.offTimer = this.board.timers.after((seconds - last) * 1000, () => this.countDown(last));
  }

  private countDown(left: number): void {
    this.offTimer = undefined;
    if (left === 0) this.off();
    else {
      // First: a display that takes no picture must not keep the token awake.
      this.offTimer = this.board.timers.after(TICK_MS, () => this.countDown(left - 1));
      this.drawCountDown(left);
    }
  }

  private drawCountDown(left: number): void {
    this.counting = left > 0;
    this.canvas.edge(left, LAST_SECONDS);
    this.canvas.flush();
  }

  /** The home screen, a flow's present one, or another. */
  show(screen: Screen): void {
    this.typed.begin(PIN_MAX_LENGTH);
    this.screen = screen;
    this.draw();
  }

  /** Shows a flow, from now on until something else is shown. */
  begin(flow: Flow): void {
    this.flow = flow;
    this.show("flow");
  }

  /** A message in the customer's language. */
  say(id: Message): string {
    return message(this.token.language(), id);
  }

  /** Two lines, until a key leads on. @param number stands after the second line, where there is one */
  notice(first: Message, second: Message, next: Screen, number?: number): void {
    this.noticeText(this.say(first), this.say(second) + (number === undefined ? "" : number), next);
  }

  /** The same of a flow's own messages. */
  noticeText(first: string, second: string, next: Screen): void {
    if (this.screen === "off") {
      this.board.display.on();
      this.restartOffTimer();
    }
    this.noticeLines = [first, second];
    this.afterNotice = next;
    this.show("notice");
  }

  /** Lets the entry of a PIN have the key. False when it was not for it. */
  type(key: Key): boolean {
    const before = this.typed.length;
    if (!this.typed.key(key)) return false;
    this.drawTyped();
    // What the customer may do next changes with this digit.
    const other = before < PIN_MIN_LENGTH !== this.typed.length < PIN_MIN_LENGTH;
    if (other || !this.board.keypad.keyForEach) this.drawHint();
    this.canvas.flush();
    // The customer types on: nobody waits for it.
    if (this.screen === "pin" && this.typed.length === 1) this.token.vault.codes();
    return true;
  }

  /** Does the job, at once or, where it is a long one, behind a "one moment" on the lowest line: the interpreter is deaf meanwhile. */
  work(long: boolean, job: () => void): void {
    const run = () => {
      this.workTimer = undefined;
      try {
        job();
      } catch {
        this.forget();
        const broken = this.board.primitives.broken.length > 0;
        this.notice(broken ? "selfTestFailed" : "deviceFault", "goToBank", "off");
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
    if (this.typed.length < PIN_MIN_LENGTH) return;
    this.pin = this.typed.copy();
    this.work(true, () => {
      const opened = this.token.vault.open(this.pin);
      this.pin.fill(0);
      if (opened) {
        this.credentials = this.token.vault.credentials;
        this.chosen = 0;
        this.show(this.flow === undefined ? "menu" : "flow");
      } else if (!this.token.vault.sound()) this.unsound();
      else if (this.token.vault.triesLeft() > 0) {
        this.notice("wrongPin", "triesLeft", "pin", this.token.vault.triesLeft());
      } else this.locked();
    });
  }

  /** No tries are left: says so, and makes the challenge for the bank. */
  locked(): void {
    this.forget();
    this.show("home");
    if (this.token.canUnlock()) this.flows.bankCode!(this);
  }

  /** The machine code is not what it was: no PIN is tried, none is set. */
  unsound(): void {
    this.forget();
    this.notice("selfTestFailed", "goToBank", "off");
  }

  private choose(): void {
    if (this.chosen === this.credentials.length) {
      this.forget();
      this.begin(this.flows.settings(this));
      return;
    }
    const credential = this.credentials[this.chosen];
    if (!this.token.pinIsGood(credential)) {
      this.forget();
      this.show("pin");
      return;
    }
    if (credential.kind === KIND_CHALLENGE) this.begin(this.flows.challenge!(this, credential));
    else if (credential.kind === KIND_SIGN) this.begin(this.flows.sign!(this, credential));
    else if (credential.kind === KIND_VERIFY_BANK) this.begin(this.flows.verifyBank!(this, credential));
    else if (credential.kind === KIND_CONNECTED_SIGN) {
      this.noticeText(this.name(credential), this.say("byCable"), "menu");
    } else this.compute();
  }

  /**
   * Shows the code of a credential for the question, which its customer has agreed to.
   * @param given takes the code and says what of it is shown, where that is not all
   */
  answer(slot: number, question: string, given?: (code: string) => string): void {
    while (this.credentials[this.chosen].slot !== slot) this.chosen = (this.chosen + 1) % this.credentials.length;
    this.question = question;
    this.compute(given);
  }

  readyForOrder(): boolean {
    if (this.screen === "pin") return this.flow === undefined && this.typed.length === 0;
    return this.screen === "off" || this.screen === "home";
  }

  /** Asks for the PIN, then shows the order. */
  showOrder(order: BankOrder): boolean {
    const flow = this.flows.connectedOrder!(this, order);
    if (flow === undefined) return false;
    if (this.screen === "off") this.board.display.on();
    this.forget();
    this.flow = flow;
    this.show("pin");
    this.restartOffTimer();
    return true;
  }

  withdrawOrder(): void {
    this.forget();
    this.notice("cablePulled", "notSigned", "off");
    this.restartOffTimer();
  }

  /** Keys do nothing from now on: a press would only seem to stop what goes on. */
  showUpdate(): void {
    if (this.screen !== "working") {
      this.forget();
      this.board.display.on();
      this.begin(this.flows.updating!(this));
      this.screen = "working";
    }
    this.restartOffTimer();
  }

  private compute(given?: (code: string) => string): void {
    const credential = this.credentials[this.chosen];
    this.work(this.token.takesLong(credential), () => {
      const shown = this.token.code(credential, this.question, (code, unixSeconds) => {
        this.code = given === undefined ? code : given(code);
        this.codeTime = unixSeconds;
        this.show("code");
      });
      if (shown) this.tick();
      else this.noClock();
    });
  }

  /** The clock is not to be believed: says why, and what to do. */
  noClock(): void {
    const lines = this.flows.clockTrouble!(this.token);
    this.forget();
    this.noticeText(lines[0], lines[1], "off");
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
    // A code by a counter has all the time of the world.
    if (period === 0) return;
    const left = period - (this.codeTime % period) - (unixSeconds - this.codeTime);
    // A code that has outlived its step keeps an empty bar: it is on its way to be refused.
    this.canvas.bar(7, Math.max(0, Math.min(left, period)), period);
  }

  /** A message in the middle of the lowest line, in place of what stood there. */
  private drawLowest(id: Message): void {
    this.canvas.clearPages(6, 7);
    this.canvas.centred(this.fonts.text, 6, this.say(id));
  }

  /** What was typed, and places for what is still to come. */
  private drawTyped(): void {
    const typed = this.typed.length;
    this.drawEntry("********".substr(0, typed) + this.typed.places(PIN_MIN_LENGTH));
  }

  /** What is typed, in place of what stood there. */
  drawEntry(text: string): void {
    const fonts = this.fonts;
    this.canvas.clearPages(fonts.page, fonts.page + fonts.typed.columns.length - 1);
    this.canvas.centred(fonts.typed, fonts.page, text);
  }

  /** Big digits, on a clear canvas: to be read, or heard where the customer wants that. */
  drawDigits(text: string): void {
    this.aloud = text;
    this.canvas.centred(this.fonts.digits, this.fonts.page, text);
  }

  /** A PIN being typed, on a clear canvas. */
  drawPinEntry(title: Message): void {
    this.canvas.centred(this.fonts.text, 0, this.say(title));
    this.drawTyped();
    this.drawHint();
  }

  /** A title and what may be chosen, on a clear canvas. @param name of those that are seen */
  drawList(title: Message, count: number, chosen: number, name: (at: number) => string): void {
    const canvas = this.canvas;
    const font = this.fonts.text;
    canvas.text(font, 0, 0, this.say(title));
    // Three lines under the title: the list scrolls so that the chosen one is seen.
    if (count > 3) canvas.squeezed(font, 0, 0, chosen + 1 + "/" + count);
    const top = Math.max(0, chosen - 2);
    for (let i = 0; i < 3 && top + i < count; i++) {
      const page = 2 + 2 * i;
      canvas.text(font, page, 0, top + i + 1 + " " + name(top + i));
      if (top + i === chosen) canvas.invert(page, page + 1);
    }
  }

  /** What may be done with a PIN of so many digits. */
  private drawHint(): void {
    const few = this.typed.length < PIN_MIN_LENGTH;
    this.drawLowest(this.digitHint(this.typed, PIN_MIN_LENGTH, few ? "pinDigits" : "okOrClear"));
  }

  /** How the next of at least so many digits is chosen, on a board without keys for them; `otherwise` elsewhere, and after them. */
  digitHint<T>(entry: DigitEntry, least: number, otherwise: T): T | "takeDigit" | "chooseDigit" {
    if (this.board.keypad.keyForEach) return otherwise;
    if (entry.choosing()) return "takeDigit";
    return entry.length < least ? "chooseDigit" : otherwise;
  }

  /** Who has no key for the settings finds them after the codes. */
  private menuLength(): number {
    return this.credentials.length + (this.board.keypad.keyForEach ? 0 : 1);
  }

  /** The bank's name for it or, where it gave none, the token's own word in the customer's language. */
  private name(credential: Credential): string {
    if (credential.label !== "") return credential.label;
    if (credential.kind === KIND_CONNECTED_SIGN) return this.say("bankOrder");
    if (credential.kind === KIND_VERIFY_BANK) return this.say("verifyBank");
    if (credential.kind === KIND_COUNTER_CODE) return this.say("counterCode");
    if (credential.kind === KIND_SIGN)
      return this.say(credential.parameters[1] === TEMPLATE_BILL ? "bill" : "transfer");
    return this.say(credential.kind === KIND_CHALLENGE ? "challenge" : "timeCode");
  }

  private draw(): void {
    const canvas = this.canvas;
    const font = this.fonts.text;
    canvas.clear();
    this.counting = false;
    this.aloud = "";
    switch (this.screen) {
      // First, because each case that is passed takes time, and here it matters.
      case "code": {
        const digits = this.code;
        const half = digits.length >> 1;
        canvas.centred(font, 0, this.name(this.credentials[this.chosen]));
        this.drawDigits(digits.substr(0, half) + " " + digits.substr(half));
        this.drawBar(this.codeTime);
        break;
      }
      case "flow":
        (this.flow as Flow).draw();
        break;
      case "home": {
        const state = this.token.state();
        canvas.centred(font, 0, "OCHRE");
        canvas.centred(font, 2, this.token.serial());
        if (state === BLANK) canvas.centred(font, 4, this.say("blank"));
        else if (state === FACTORY) canvas.centred(font, 4, this.say("factory"));
        else if (state === LOCKED) canvas.centred(font, 4, this.say("locked"));
        if (this.token.canUnlock()) canvas.centred(font, 6, this.say("okUnlock"));
        else if (state === LOCKED) canvas.centred(font, 6, this.say("unlockAtBank"));
        else if (state < ISSUED) canvas.centred(font, 6, this.say("goToBank"));
        else {
          canvas.centred(font, 6, this.say("pressOk"));
          if (!this.board.keypad.keyForEach) canvas.centred(font, 4, this.say("holdOk"));
        }
        break;
      }
      case "pin":
        this.drawPinEntry(this.flow === undefined ? "enterPin" : "orderCame");
        break;
      case "menu": {
        this.drawList("chooseCode", this.menuLength(), this.chosen, (at) =>
          at < this.credentials.length ? this.name(this.credentials[at]) : this.say("settings"),
        );
        break;
      }
      case "notice":
        canvas.centred(font, 2, this.noticeLines[0]);
        canvas.centred(font, 4, this.noticeLines[1]);
        break;
    }
    canvas.flush();
  }
}
