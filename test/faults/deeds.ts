/** What is done with a token, by its customer and at the desk, for the cuts of its power on whichever engine. */
import { expect } from "vitest";
import type { Engine } from "../../emulator/engine.ts";
import { syncClock } from "../../host-tools/provisioning/clock-sync.ts";
import { type PersonaliseOptions, personalise } from "../../host-tools/provisioning/personalise.ts";
import { rotateKeys } from "../../host-tools/provisioning/rotate-keys.ts";
import { PIN } from "../end-to-end/bank.ts";
import type { Deed } from "./cut-points.ts";
import { atDesk, keyService, NOW } from "./desk.ts";

export const SERIAL = "OC-CUTS-0001";
/** A token that was put away for ten minutes: the mark of its clock moves with its next code. */
export const LATER = NOW + 600;
const DAY = 86_400;
export const WRONG = "918273";
const OTHER = "604829";
const MODEL = new Uint8Array([0, 1]);

/** Flashes that deeds begin with, by what their tokens have behind them. */
export interface Flashes {
  factory: Uint8Array;
  issued: Uint8Array;
  /** Has a PIN. */
  active: Uint8Array;
  /** The next change of the journal moves it to its other bank. */
  full: Uint8Array;
  /** Has a PIN, and gives codes by a counter. */
  counting: Uint8Array;
  /** Locked by wrong PINs. */
  locked: Uint8Array;
}

/** A deed from one of them. */
export type DeedFrom = Omit<Deed, "begins"> & { from: keyof Flashes };

export const press = (engine: Engine, ...keys: string[]) => engine.press(keys);
export const lines = async (engine: Engine) => (await engine.screen()).lines.map((line) => line.text.trim()).join("\n");
const codeOn = async (engine: Engine) => /\d{4} \d{4}/.exec(await lines(engine))?.[0];

/** One of these PINs opens the token, which gives a code. */
export const opensBy =
  (...pins: string[]) =>
  async (engine: Engine) => {
    const seen = [];
    for (const pin of pins) {
      await press(engine, "OFF", "OK", ...pin, "OK", "1");
      seen.push(await lines(engine));
    }
    expect(
      seen.some((screen) => /\d{4} \d{4}/.test(screen)),
      seen.join("\n---\n"),
    ).toBe(true);
  };

const setPin = (engine: Engine) => press(engine, "OFF", "OK", "OK", ...PIN, "OK", ...PIN, "OK");

const choose = async (engine: Engine) => {
  if ((await lines(engine)).includes("Enter your PIN")) return;
  await press(engine, "OFF", "OK", "OK");
  if ((await lines(engine)).includes("Choose a new PIN")) await press(engine, ...PIN, "OK", ...PIN, "OK", "OK");
};

const personaliseIt = (engine: Engine, options: PersonaliseOptions = {}, begin = NOW) =>
  atDesk(engine, (transport, keys, clock) => personalise(transport, keys, { replace: true, clock, ...options }), {
    begin,
  });
/** At another time than the token was issued at: on each engine its clock is set to another second, and that is a change of its own. */
const renewIt = (engine: Engine) => personaliseIt(engine, {}, LATER + 100);
const setClock = (engine: Engine) =>
  atDesk(engine, (transport, keys, clock) => syncClock(transport, keys, { clock }), { begin: LATER + 100 });
const rotate = (engine: Engine) => atDesk(engine, rotateKeys, { rotated: true });

/** The customer reads the challenge to the bank, and types what it says. */
async function answerBank(engine: Engine): Promise<void> {
  await press(engine, "OFF", "OK", "OK");
  const challenge = (await codeOn(engine)) ?? expect.fail(`no challenge:\n${await lines(engine)}`);
  const keys = keyService();
  const answer = await keys.unlockAnswer({ serial: SERIAL, model: MODEL }, challenge.replace(" ", ""));
  keys.close();
  await press(engine, "OK", ...answer, "OK");
}

export const firstPin: DeedFrom = {
  name: "a first PIN",
  from: "issued",
  changes: ["PIN set"],
  perform: (engine) => press(engine, "OK", ...PIN, "OK", ...PIN, "OK"),
  holds: async (engine) => {
    await choose(engine);
    await opensBy(PIN)(engine);
  },
};

export const deeds: readonly DeedFrom[] = [
  {
    name: "a personalisation",
    from: "factory",
    changes: ["session under the transport keys", "session under the issuer's keys", "the issuer's token"],
    perform: async (engine) => void (await personaliseIt(engine)),
    // What was cut is done again, whatever it came to.
    holds: async (engine) => {
      await personaliseIt(engine);
      await setPin(engine);
      await opensBy(PIN)(engine);
    },
  },
  firstPin,
  {
    name: "a wrong PIN",
    from: "active",
    changes: ["try counted"],
    perform: (engine) => press(engine, "OK", ...WRONG, "OK"),
    holds: opensBy(PIN),
  },
  {
    name: "a time code",
    from: "active",
    changes: ["try counted", "count taken back", "mark of the clock"],
    perform: (engine) => press(engine, "OK", ...PIN, "OK", "1"),
    holds: opensBy(PIN),
  },
  {
    name: "a step of a counter",
    from: "counting",
    changes: ["try counted", "count taken back", "counter"],
    perform: (engine) => press(engine, "OK", ...PIN, "OK", "1"),
    // And no code that was on the display comes again.
    holds: async (engine, codes) => {
      await opensBy(PIN)(engine);
      expect(codes).not.toContain(await codeOn(engine));
    },
  },
  {
    name: "a code at a time that a thief set on the bus of the clock",
    from: "active",
    changes: ["try counted", "count taken back", "mark of the clock"],
    perform: async (engine) => {
      await engine.setClock({ unixTime: LATER + DAY });
      await press(engine, "OK", ...PIN, "OK", "1");
    },
    // Set back again: whoever has seen a code of tomorrow made the token refuse.
    holds: async (engine, codes) => {
      await engine.setClock({ unixTime: LATER + 60 });
      await press(engine, "OFF", "OK", ...PIN, "OK", "1");
      const refusal = /The clock was changed/;
      expect(await lines(engine)).toMatch(codes.length > 0 ? refusal : /\d{4} \d{4}|The clock was changed/);
    },
  },
  {
    name: "another PIN",
    from: "active",
    changes: ["try counted", "PIN changed"],
    perform: (engine) =>
      press(engine, "OK", "MENU", "OK", "1", ...[PIN, PIN, OTHER, OTHER].flatMap((pin) => [...pin, "OK"])),
    holds: opensBy(PIN, OTHER),
  },
  {
    name: "an answer that unlocks",
    from: "locked",
    changes: ["answer counted", "challenge spent", "tries given back"],
    perform: answerBank,
    // Cut before the tries are back, the token asks again.
    holds: async (engine) => {
      await press(engine, "OFF", "OK");
      if (!(await lines(engine)).includes("Enter your PIN")) await answerBank(engine);
      await opensBy(PIN)(engine);
    },
  },
  {
    name: "a key rotation",
    from: "active",
    changes: ["session under the issuer's keys", "session under its new keys", "keys changed"],
    perform: async (engine) => void (await rotate(engine)),
    // The desk finds which keys it has, and gives it those that it misses. Its seeds and its PIN are what they were.
    holds: async (engine) => {
      expect((await rotate(engine)).to).toBe(0x31);
      await opensBy(PIN)(engine);
    },
  },
  {
    name: "new credentials for a token in use",
    from: "active",
    changes: ["session", "mark and history of the clock", "credentials, without a PIN"],
    perform: async (engine) => void (await renewIt(engine)),
    holds: async (engine) => {
      await renewIt(engine);
      await setPin(engine);
      await opensBy(PIN)(engine);
    },
  },
  {
    name: "another time",
    from: "active",
    changes: ["session", "mark and history of the clock"],
    perform: async (engine) => void (await setClock(engine)),
    holds: async (engine) => {
      await setClock(engine);
      await opensBy(PIN)(engine);
    },
  },
  {
    name: "the other language",
    from: "active",
    changes: ["language"],
    perform: (engine) => press(engine, "OK", "MENU", "OK", "3"),
  },
  {
    name: "a change that moves the journal to its other bank",
    from: "full",
    changes: ["try counted"],
    perform: (engine) => press(engine, "OK", ...WRONG, "OK"),
    holds: opensBy(PIN),
  },
];

/** @param boot a token of `SERIAL`: without a flash one from the factory, at `NOW`; with one at `LATER` */
export async function prepareFlashes(boot: (flash?: Uint8Array) => Promise<Engine>): Promise<Flashes> {
  const after = async (flash: Uint8Array | undefined, work: (engine: Engine) => Promise<unknown>) => {
    const engine = await boot(flash);
    try {
      await work(engine);
      return await engine.dumpFlash();
    } finally {
      await engine.close();
    }
  };
  const factory = await after(undefined, async () => {});
  const issued = await after(undefined, personaliseIt);
  const active = await after(issued, setPin);
  const counting = await after(undefined, async (engine) => {
    const counter = { slot: 0, kind: "counter-code", suite: "HOTP-SHA256-8", label: "Counter" } as const;
    await personaliseIt(engine, { credentials: [counter] });
    await setPin(engine);
  });
  // At NOW: the answer comes later than the challenge.
  const locked = await after(undefined, async (engine) => {
    await personaliseIt(engine);
    await setPin(engine);
    for (const wrong of [WRONG, OTHER, "371940", "150286", "829461"]) await press(engine, "OFF", "OK", ...wrong, "OK");
    await press(engine, "OK");
    expect(await lines(engine)).toContain("Read to your bank");
  });
  return { factory, issued, active, counting, locked, full: await filled(boot, active) };
}

/** Codes are read until the first change of the next one needs more operations than a record. */
async function filled(boot: (flash: Uint8Array) => Promise<Engine>, flash: Uint8Array): Promise<Uint8Array> {
  const engine = await boot(flash);
  try {
    for (;;) {
      const before = await engine.dumpFlash();
      const { flashOperations } = await engine.power();
      await press(engine, "OK", ...WRONG, "OK");
      if ((await engine.power()).flashOperations - flashOperations > 4) return before;
      await press(engine, "OK", ...PIN, "OK", "OFF");
    }
  } finally {
    await engine.close();
  }
}
