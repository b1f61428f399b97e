/**
 * How long the token takes for each of its screens, in time and cycles of the simulated chip.
 *
 * A screen's time begins where the debouncing of its key ends, not where the key goes down. Nothing in the bundle tells of that moment,
 * but the pins do: the keypad's driver takes a key that two looks have seen, and the last that it does on the pins before it calls the
 * firmware's handler is the end of the second: of a matrix, to set all rows low again; of buttons, to read the last of them. Between that
 * and the handler's first statement lies about a millisecond of the driver's own. A key's contact is perfect here, and the keypad rests
 * when it goes down, so every look from then on sees it. A button that is OK counts when it is let go, because held down it is MENU, which
 * begins with the last look before the picture.
 *
 * The time ends with the last stop condition on the I2C bus before the firmware comes to rest. So it has in it what the handler
 * computes, waits for and draws, with the time of each bit on the bus at the clock that the firmware set (400 kHz).
 */
import { EngineError } from "../engine.ts";
import { codeOf } from "../testing/capture.ts";
import { keysFor } from "../testing/typed-keys.ts";
import type { McuEngine } from "./mcu-engine.ts";
import { cyclesOf } from "./stepper.ts";

export interface ProfileRow {
  /** What was measured. */
  name: string;
  /** Milliseconds on the simulated chip. */
  ms: number;
  /** Its cycles at 125 MHz. */
  cycles: number;
}

export interface ProfileOptions {
  /**
   * Makes a factory token one that can be used, through its serial line: with a time code, a challenge code and the signing of transfers,
   * in this order, and so many tries for its PIN. Without it, only what a factory token shows is measured.
   */
  personalise?: (pinTries: number) => Promise<void>;
  /** The bank's answer to the challenge of a locked token. Without it, the token stays locked. */
  unlock?: (challenge: string) => Promise<string>;
  /** The PIN that the token is given: 274913. */
  pin?: string;
  /** Ten digits that are typed in: 3456123459. */
  challenge?: string;
}

/** Looks that must see a key. A driver that takes it sooner draws before the second is over: then no picture follows. */
const LOOKS = 2;
/** Milliseconds in which a key is surely seen. */
const LONGEST_DEBOUNCE = 1000;
/** Milliseconds in which a key that is held down surely is MENU. */
const LONGEST_HOLD = 3000;
const HOLD_MS = 100;
const AFTER_RELEASE_MS = 60;
const PIN_TRIES = 2;
/** What a customer signs. */
const TRANSFER = { code: "123456", account: "0071000123456", amount: "1500000" };
/** One in sixteen of them opens a token of class O, to wrong codes. */
const WRONG_PINS = ["918273", "604829", "371940", "150286", "830274", "582961", "497036", "725183"];

const row = (name: string, ms: number): ProfileRow => ({
  name,
  ms: Math.round(ms * 1000) / 1000,
  cycles: cyclesOf(ms),
});

/** From power on to the last byte of the first picture. */
export async function measureBoot(engine: McuEngine, name: string): Promise<ProfileRow> {
  await engine.powerOff();
  const start = engine.board.time;
  return row(name, (await lastStop(engine, () => engine.powerOn())) - start);
}

/**
 * From the end of a key's debouncing to the last byte of the picture that follows.
 * @param key of the full keypad: where the board has it not, what stands for it is pressed, of a digit the first of that
 * @throws EngineError failed when nothing is drawn
 */
export async function measureKey(engine: McuEngine, key: string, name: string): Promise<ProfileRow> {
  await engine.rest();
  const { board, manifest } = engine;
  const { keypad } = manifest;
  const held = key === "MENU" && !keypad.legend.flat().includes(key);
  const finger = held ? "OK" : keysFor(manifest, key)[0];
  let looks = 0;
  let moved = board.time;
  let lastLook = 0;
  let start = Number.POSITIVE_INFINITY;
  const blind = board.onScan((began) => {
    lastLook = board.time;
    if (!held && (began === 0 || began >= moved) && ++looks === LOOKS) start = board.time;
  });
  const deaf = board.onBusStop(() => {
    if (held && start > board.time) start = lastLook;
  });
  const until = async (done: () => boolean, limit: number) => {
    for (const end = board.time + limit; !done() && board.time < end; ) await engine.advance(1);
  };
  const end = await lastStop(engine, async () => {
    await engine.keyDown(finger);
    if (held) await until(() => start <= board.time, LONGEST_HOLD);
    else if (finger === "OK" && "pins" in keypad) {
      await engine.advance(HOLD_MS);
      await engine.keyUp(finger);
      looks = 0;
      moved = board.time;
      start = Number.POSITIVE_INFINITY;
    }
    await until(() => start <= board.time, LONGEST_DEBOUNCE);
    await engine.keyUp(finger);
    await engine.advance(AFTER_RELEASE_MS);
    await engine.rest();
  });
  blind();
  deaf();
  if (!(end > start)) throw new EngineError("failed", `no picture followed the key ${key} (${name})`);
  return row(name, end - start);
}

/**
 * Watches the line: `ms` is what the token took for the last command that it answered, from when the command's last packet goes over the
 * cable until the last packet of the answer has come. So the host's pauses, and the port that it opens again after one, are not in it.
 */
export function watchAnswers(engine: McuEngine): { readonly ms: number; stop(): void } {
  const { board } = engine;
  let sent = board.time;
  let answered = sent;
  const forget = board.onSent(() => {
    sent = board.time;
  });
  const deaf = engine.onSerial((direction) => {
    if (direction === "to-host") answered = board.time;
  });
  return {
    get ms() {
      return answered - sent;
    },
    stop() {
      forget();
      deaf();
    },
  };
}

/** The customer's whole way, screen by screen, with whatever keys the board has. The engine's token is in its factory state. */
export async function profileStory(engine: McuEngine, options: ProfileOptions = {}): Promise<ProfileRow[]> {
  const { personalise, unlock, pin = "274913", challenge = "3456123459" } = options;
  const rows = [await measureBoot(engine, "power on to first picture")];
  const measure = async (key: string, name: string) => {
    rows.push(await measureKey(engine, key, name));
  };
  const type = (digits: string) => engine.press([...digits].flatMap((digit) => keysFor(engine.manifest, digit)));
  /** Measures the first of a number's keys. */
  const measureFirst = async (digits: string, name: string) => {
    await measure(digits[0], name);
    const [, ...rest] = keysFor(engine.manifest, digits[0]);
    await engine.press(rest);
    await type(digits.slice(1));
  };
  /** A line of a menu that has just come. */
  const choose = async (line: number, name: string) => {
    if (engine.manifest.keypad.legend.flat().includes(String(line))) return measure(String(line), name);
    await engine.press(new Array<string>(line - 1).fill("DOWN"));
    await measure("OK", name);
  };
  const off = () => engine.press(keysFor(engine.manifest, "OFF"));
  const open = async () => {
    await engine.press(["OK"]);
    await type(pin);
    await engine.press(["OK"]);
  };

  await measure("MENU", "home to about");
  await engine.press(["CLEAR"]);
  if (personalise === undefined) return rows;

  const start = engine.board.time;
  await personalise(PIN_TRIES);
  rows.push(row("personalisation, with its host", engine.board.time - start));
  await measure("MENU", "home to about, of a personalised token");
  await measure("OK", "about to settings");
  await engine.press(["CLEAR"]);
  await measure("OK", "home to new PIN");
  await measureFirst(pin, "first key of a PIN");
  await measure("OK", "new PIN to its repetition");
  await type(pin);
  await measure("OK", "PIN is set");
  await measure("OK", "notice to PIN");
  await type(pin);
  await measure("OK", "PIN to menu");
  await choose(1, "menu to time code");
  await measure("OFF", "off");
  await measure("OK", "waking up");
  await type(pin);
  await measure("OK", "PIN to menu, again");
  await choose(2, "menu to challenge");
  await measureFirst(challenge, "first key of a challenge");
  await measure("OK", "challenge to question");
  await measure("OK", "question to code");
  await off();
  await open();
  await choose(3, "menu to transaction code");
  await type(TRANSFER.code);
  await measure("OK", "transaction code to account");
  await type(TRANSFER.account);
  await measure("OK", "account to amount");
  await type(TRANSFER.amount);
  await measure("OK", "amount to the whole transfer");
  await measure("OK", "transfer to signature");
  await off();
  rows.push(...(await lock(engine, { type, off })));
  if (unlock === undefined) return rows;
  await measure("OK", "locked to challenge");
  const answer = await unlock(codeOf(await engine.screen()));
  await measure("OK", "challenge to the bank's answer");
  await type(answer);
  await measure("OK", "answer to unlocked");
  return rows;
}

/** Wrong PINs until the token is locked. One that opens it, as one in sixteen does on class O, is none of the screens of a wrong PIN. */
async function lock(
  engine: McuEngine,
  { type, off }: { type: (digits: string) => Promise<void>; off: () => Promise<void> },
): Promise<ProfileRow[]> {
  const rows: ProfileRow[] = [];
  for (const wrong of WRONG_PINS) {
    await engine.press(["OK"]);
    await type(wrong);
    const measured = await measureKey(
      engine,
      "OK",
      rows.length === PIN_TRIES - 1 ? "last wrong PIN to locked" : "wrong PIN",
    );
    if ((await engine.screen()).lines.some(({ inverted }) => inverted)) {
      // Its tries are given back.
      rows.length = 0;
      await off();
    } else rows.push(measured);
    if (rows.length === PIN_TRIES) return rows;
  }
  throw new EngineError("failed", "wrong PINs do not lock the token");
}

/** When the bus last came to rest during `work`, in milliseconds of board time. */
async function lastStop({ board }: McuEngine, work: () => Promise<void>): Promise<number> {
  let last = 0;
  const forget = board.onBusStop(() => {
    last = board.time;
  });
  await work();
  forget();
  return last;
}
