/**
 * How long the token takes for each of its screens, in time and cycles of the simulated chip.
 *
 * A screen's time begins where the debouncing of its key ends, not where the key goes down. Nothing in the bundle tells of that moment,
 * but the pins do: the keypad's driver takes a key that two scans have seen, and the last that it does on the pins before it calls the
 * firmware's handler is to set all rows low again at the end of the second. That edge is the beginning; between it and the handler's
 * first statement lies about a millisecond of the driver's own. A key's contact is perfect here, and the keypad rests when it goes down,
 * so every scan from then on sees it.
 *
 * The time ends with the last stop condition on the I2C bus before the firmware comes to rest. So it has in it what the handler
 * computes, waits for and draws, with the time of each bit on the bus at the clock that the firmware set (400 kHz).
 */
import { EngineError } from "../engine.ts";
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
  /** Makes a factory token one that can be used, through its serial line. Without it, only what a factory token shows is measured. */
  personalise?: () => Promise<void>;
  /** The PIN that the token is given: 274913. */
  pin?: string;
  /** Ten digits that are typed in: 3456123459. */
  challenge?: string;
}

/** Scans that must see a key. A driver that takes it sooner draws before the second is over: then no picture follows. */
const SCANS = 2;
/** Milliseconds in which a key is surely seen. */
const LONGEST_DEBOUNCE = 1000;
const AFTER_RELEASE_MS = 60;

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
 * @throws EngineError failed when nothing is drawn
 */
export async function measureKey(engine: McuEngine, key: string, name: string): Promise<ProfileRow> {
  await engine.rest();
  const { board } = engine;
  let scans = 0;
  let start = Number.POSITIVE_INFINITY;
  const forget = board.onScan(() => {
    if (++scans === SCANS) start = board.time;
  });
  const end = await lastStop(engine, async () => {
    const pressed = board.time;
    await engine.keyDown(key);
    while (scans < SCANS && board.time - pressed < LONGEST_DEBOUNCE) await engine.advance(1);
    forget();
    await engine.keyUp(key);
    await engine.advance(AFTER_RELEASE_MS);
    await engine.rest();
  });
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

/** The customer's whole way, screen by screen. The engine's token is in its factory state. */
export async function profileStory(engine: McuEngine, options: ProfileOptions = {}): Promise<ProfileRow[]> {
  const { personalise, pin = "274913", challenge = "3456123459" } = options;
  const rows = [await measureBoot(engine, "power on to first picture")];
  const measure = async (key: string, name: string) => {
    rows.push(await measureKey(engine, key, name));
  };
  await measure("MENU", "home to about");
  await engine.press(["CLEAR"]);
  if (personalise === undefined) return rows;

  const start = engine.board.time;
  await personalise();
  rows.push(row("personalisation, with its host", engine.board.time - start));
  await measure("OK", "home to new PIN");
  await measure(pin[0], "first digit of a PIN");
  await engine.press([...pin.slice(1)]);
  await measure("OK", "new PIN to its repetition");
  await engine.press([...pin]);
  await measure("OK", "PIN is set");
  await measure("OK", "notice to PIN");
  await engine.press([...pin]);
  await measure("OK", "PIN to menu");
  await measure("1", "menu to time code");
  await measure("OFF", "off");
  await measure("OK", "waking up");
  await engine.press([...pin]);
  await measure("OK", "PIN to menu, again");
  await measure("2", "menu to challenge");
  await measure(challenge[0], "first digit of a challenge");
  await engine.press([...challenge.slice(1)]);
  await measure("OK", "challenge to question");
  await measure("OK", "question to code");
  await engine.press(["OFF"]);
  return rows;
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
