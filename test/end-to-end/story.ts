/**
 * The main job, told of any engine: a token in its factory state is personalised over a serial port by the host tools, a customer sets
 * a PIN and reads codes from its pixels, and the validation server judges each of them. It needs the interface of all engines alone,
 * so a token on a genuine interpreter is held to the very same words. What an engine cannot do is skipped, and says so.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { BootOptions, Capabilities, Engine } from "../../emulator/engine.ts";
import { engineDevice } from "../../emulator/serial/engine-device.ts";
import { type EmulatedPort, openPort } from "../../emulator/serial/port.ts";
import { codeOf, linesOf } from "../../emulator/testing/capture.ts";
import type { Token } from "../../emulator/testing/token.ts";
import { keysFor } from "../../emulator/testing/typed-keys.ts";
import { openSerialTransport } from "../../host-tools/device/serial-port.ts";
import { tokenInfo } from "../../host-tools/device/token.ts";
import type { Transport } from "../../host-tools/device/transport.ts";
import { LABORATORY_KEY_VERSION, laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { syncClock } from "../../host-tools/provisioning/clock-sync.ts";
import type { HostClock } from "../../host-tools/provisioning/host-clock.ts";
import { TOKEN_STATES } from "../../protocol/apdu/get-data.ts";
import { answerChallenge, type Bank, builtBundle, openBank, PIN, readTimeCode } from "./bank.ts";

export interface StoryOptions<E extends Engine> {
  /** Of the bundle: pico-keypad. Keys that the board has not are pressed otherwise. */
  board?: string;
  boot: (start: BootOptions) => Promise<E>;
  /** How the host tools wait for an answer: a genuine interpreter is slower, and this computer may be busy. */
  patience: { timeoutMs: number; retries: number };
  /** The time that the host tools go by while they personalise the token; the bank's where it is not given. */
  hostClock?: (engine: E) => Promise<HostClock>;
  /** Milliseconds that a step may take. */
  timeout?: number;
  /** False where what the engine runs on was not supplied. */
  supplied?: boolean;
  /** Presses a key that leads to a screen of that name; `press` where it is not given. */
  pressTo?: (engine: E, key: string, screen: string) => Promise<void>;
  /** What the engine's chips would not have borne; the story ends with none. */
  faults?: (engine: E) => readonly string[];
}

/** One in sixteen opens a token with its four check bits. */
const WRONG_PINS = ["918273", "604829", "371940", "150286"];
const TRIES = 5;
const STEP_SECONDS = 30;
const TRANSACTION_SECONDS = 600;
const DAY_SECONDS = 86_400;
/** The token's clock and the bank's, in seconds: what a slow line may leave between them. */
const CLOCKS_AGREE = 3;

/** Describes the story for an engine: one token's life, each test going on where the one before ended. */
export function describeStory<E extends Engine>(name: string, options: StoryOptions<E>): void {
  const { boot, board, patience, timeout = 60_000, supplied = true, faults = () => [] } = options;
  const serial = `OC-${name.toUpperCase()}`;

  const where = board === undefined ? `engine ${name}` : `board ${board}`;
  // Reason to skip: the interpreter is the user's to supply, and the file that calls this says so in a line.
  describe.skipIf(!supplied)(`the main job on the ${where}`, { timeout }, () => {
    let bank: Bank;
    let engine: E;
    let port: EmulatedPort;
    /** Somebody else's token. */
    let stranger: Token;
    let payment: { id: string; challenge: string };
    /** One that the token tells from the right one. */
    let wrongPin = "";
    const lineErrors: unknown[] = [];

    beforeAll(async () => {
      bank = await openBank();
      stranger = await bank.issued(`${serial}-B`);
      const built = await builtBundle(board);
      const { enc, mac, dek } = laboratoryTransportKeys(serial, built.manifest.model);
      const install = { serial, keyVersion: LABORATORY_KEY_VERSION, enc, mac, dek };
      engine = await boot({ ...built, install, unixTime: Math.floor(Date.now() / 1000) });
      port = await openPort(engineDevice(engine, (error) => lineErrors.push(error)));
    }, 300_000);
    let failed = "";
    beforeEach((context) => {
      context.onTestFailed(() => void (failed ||= context.task.name));
      context.skip(failed !== "", `the story broke off: ${failed}`);
    });
    afterAll(async () => {
      await port?.close();
      await engine?.close();
      await bank?.close();
    });

    const text = async () => linesOf(await engine.screen()).join("\n");
    const press = (...keys: string[]) => engine.press(keys.flatMap((key) => keysFor(engine.manifest, key)));
    const pressTo = (key: string, screen: string) => options.pressTo?.(engine, key, screen) ?? press(key);
    /** Chooses a line of a menu that has just come. @param screen that it leads to, as `pressTo` has it */
    const choose = (line: number, screen?: string) => {
      const key = String(line);
      const direct = engine.manifest.keypad.legend.flat().includes(key);
      if (direct) return screen === undefined ? press(key) : pressTo(key, screen);
      return press(...new Array<string>(line - 1).fill("DOWN"), "OK");
    };
    const code = async () => codeOf(await engine.screen());
    const unlock = () => press("OK", ...PIN, "OK");
    const restart = async () => {
      await engine.powerOff();
      await engine.powerOn();
    };
    /** The time of bank and token moves on together. */
    const wait = async (seconds: number) => {
      await bank.wait(seconds);
      if (engine.capabilities.timeTravel) await engine.advance(seconds * 1000);
      else await engine.setClock({ unixTime: (await engine.clock()).unixTime + seconds });
    };
    const timeCode = async () => {
      await unlock();
      await choose(1);
      const shown = await code();
      await press("OFF");
      return shown;
    };
    const throughThePort = async <T>(work: (transport: Transport) => Promise<T>): Promise<T> => {
      const transport = await openSerialTransport(port.path, patience);
      try {
        return await work(transport);
      } finally {
        await transport.close();
      }
    };
    /** Where there is no clock chip, the time went with the power: there is no time code until a host sets the clock. */
    const setTime = async () => {
      if (engine.manifest.clock !== undefined) return;
      await unlock();
      await choose(1);
      expect(await text()).toContain("The clock lost power");
      await press("OK");
      const clock = { now: () => bank.clock.now(), sleep: (ms: number) => wait(ms / 1000) };
      await throughThePort((transport) => syncClock(transport, bank.keyService, { clock }));
    };
    const stateOverThePort = () =>
      throughThePort(async (transport) => TOKEN_STATES[(await tokenInfo(transport)).state]);
    const wrongBy1 = (right: string) => String((Number(right) + 1) % 10 ** right.length).padStart(right.length, "0");
    /** Ends a test that asks for what the engine cannot do. */
    const needs = (capability: keyof Capabilities, context: { skip: (condition: boolean, note: string) => void }) => {
      const reason = `the engine ${name} has no ${capability}`;
      context.skip(!engine.capabilities[capability], reason);
    };

    test("boots to its first picture, and knows nothing of a bank", async () => {
      expect((await text()).replaceAll(/^ +/gm, "")).toBe(`OCHRE\n${serial}\nNot personalised\nTake it to your bank`);
      expect(await stateOverThePort()).toBe("factory");
    });

    test("is personalised through its serial port, and then has the bank's time", async () => {
      const pictures: number[] = [];
      const stop = engine.onScreen(({ frame }) => pictures.push(frame));
      const now = () => bank.clock.now();
      const ofTheBank = engine.capabilities.timeTravel ? { now, sleep: (ms: number) => wait(ms / 1000) } : { now };
      const clock = (await options.hostClock?.(engine)) ?? ofTheBank;
      await throughThePort((transport) => bank.provision(transport, clock));
      const { lostPower, unixTime } = await engine.clock();
      if (engine.manifest.clock !== undefined) {
        expect(lostPower).toBe(false);
        expect(Math.abs(unixTime - clock.now() / 1000)).toBeLessThan(CLOCKS_AGREE);
      }
      if (clock !== ofTheBank) await engine.setClock({ unixTime: now() / 1000, speed: 1 });
      expect(await stateOverThePort()).toBe("issued");
      await expect.poll(text, { timeout: 30_000 }).toContain("Press OK to start");
      stop();
      expect(pictures).toEqual([...new Set(pictures)].toSorted((one, other) => one - other));
    });

    test("takes a PIN from its customer, who types it twice", async () => {
      await pressTo("OK", "home to new PIN");
      await press(...PIN);
      await pressTo("OK", "new PIN to its repetition");
      await press(...PIN);
      await pressTo("OK", "PIN is set");
      expect(await text()).toContain("PIN is set");
      await press("OK", "OFF");
    });

    test("shows time codes that are accepted once, power cuts or not, and no old, wrong or other one is", async () => {
      await press("OK", ...PIN);
      await pressTo("OK", "PIN to menu");
      expect(await text()).toContain("Choose a code");
      await choose(1, "menu to time code");
      expect(await text()).toContain("Time code");
      const first = await code();
      expect(first).toMatch(/^\d{8}$/);
      await press("OFF");
      expect(await bank.validate(serial, await readTimeCode(stranger))).toBe("refused");
      expect(await bank.validate(serial, wrongBy1(first))).toBe("refused");
      expect(await bank.validate("OC-NOBODY", first)).toBe("refused");
      expect(await bank.validate(serial, first)).toBe("accepted");
      expect(await bank.validate(serial, first)).toBe("refused");

      await engine.powerOff();
      expect((await engine.screen()).on).toBe(false);
      // Keys took the token's time and not the bank's: where the clock is set anew, it goes back by that, by less than a step.
      await wait(2 * STEP_SECONDS);
      await engine.powerOn();
      expect(await stateOverThePort()).toBe("active");
      await setTime();
      const next = await timeCode();
      expect(next).not.toBe(first);
      expect(await bank.validate(serial, next)).toBe("accepted");
      await wait(6 * STEP_SECONDS);
      expect(await bank.validate(serial, next)).toBe("refused");
    });

    test("refuses a mistyped challenge, a multiple of 16 and one that is too short", async () => {
      payment = await bank.transaction(serial);
      const { challenge } = payment;
      await unlock();
      await choose(2, "menu to challenge");
      await press(...challenge.slice(0, 9), String((Number(challenge[9]) + 1) % 10), "OK");
      expect(await text()).toContain("Digits are wrong");
      await press("OK", ...multipleOf16WithCheckDigit(), "OK");
      expect(await text()).toContain("Digits are wrong");
      await press("OK", challenge[0], "OK");
      expect(await text()).toContain("Digits are wrong");
      await press("OK");
    });

    test("and signs the payment that its customer agrees to: the answer confirms that one, once, and in time", async () => {
      const other = await bank.transaction(serial, "0071000129999");
      await press(...payment.challenge);
      await pressTo("OK", "challenge to question");
      expect(await text()).toContain("Account ends in");
      expect(await text()).toContain(payment.challenge.slice(0, 4));
      await pressTo("OK", "question to code");
      expect(await text()).toContain("Sign a payment");
      const answer = await code();
      await press("OFF");
      expect(await bank.confirm(payment.id, await answerChallenge(stranger, payment.challenge))).toBe("refused");
      expect(await bank.confirm(other.id, answer)).toBe("refused");
      expect(await bank.confirm(payment.id, wrongBy1(answer))).toBe("refused");
      expect(await bank.confirm(payment.id, answer)).toBe("accepted");
      expect(await bank.confirm(payment.id, answer)).toBe("refused");

      const late = await bank.transaction(`${serial}-B`);
      const lateAnswer = await answerChallenge(stranger, late.challenge);
      await wait(TRANSACTION_SECONDS);
      expect(await bank.confirm(late.id, lateAnswer)).toBe("refused");
    });

    test("counts wrong PINs over a loss of power, until the right one comes", async () => {
      for (const pin of WRONG_PINS) {
        wrongPin = pin;
        await press("OK", ...pin, "OK");
        if (!(await text()).includes("Choose a code")) break;
        // To wrong codes, and with all tries.
        await press("OFF");
      }
      expect(await text()).toContain(`Tries left: ${TRIES - 1}`);
      await restart();
      expect(await text()).toContain("Press OK to start");
      await press("OK", ...wrongPin, "OK");
      expect(await text()).toContain(`Tries left: ${TRIES - 2}`);
      await press("OK", ...PIN, "OK");
      expect(await text()).toContain("Choose a code");
      await press("OFF");
    });

    test("without power takes neither keys nor bytes, and says why", async () => {
      await engine.powerOff();
      const missed = { name: "EngineError", fault: "no-power", message: expect.stringMatching(/power/) };
      await expect(press("OK")).rejects.toMatchObject(missed);
      await expect(engine.keyDown("OK")).rejects.toMatchObject(missed);
      await expect(engine.send("\u00c0")).rejects.toMatchObject(missed);
      await engine.keyUp("OK");
      await engine.powerOn();
      expect(await text()).toContain("Press OK to start");
      await setTime();
    });

    test("is read by the host tools over a line that loses a byte", async (context) => {
      needs("serialFaults", context);
      await engine.setSerialFaults([{ direction: "to-token", kind: "drop", every: 3, count: 1 }]);
      expect(await stateOverThePort()).toBe("active");
      await engine.setSerialFaults([]);
    });

    test("boots to what it was before or after, when its power goes in the midst of a write", async (context) => {
      needs("flashFaults", context);
      await press("OK", ...PIN);
      await engine.cutAtFlashOperation(1, 0.5);
      await press("OK");
      expect((await engine.power()).on).toBe(false);
      await engine.powerOn();
      await unlock();
      expect(await text()).toContain("Choose a code");
      await press("OFF");
      await setTime();
    });

    test("left alone for a day it is dark, and its code of then is accepted", async (context) => {
      needs("timeTravel", context);
      await wait(DAY_SECONDS);
      expect((await engine.screen()).on).toBe(false);
      await press("OK");
      expect((await engine.screen()).on).toBe(true);
      await press("OFF");
      expect(await bank.validate(serial, await timeCode())).toBe("accepted");
    });

    test("put back to where it was, it shows the same code of the same time", async (context) => {
      needs("snapshot", context);
      const snapshot = await engine.snapshot();
      const shown = await timeCode();
      await wait(STEP_SECONDS);
      await engine.restore(snapshot);
      expect(await timeCode()).toBe(shown);
      await engine.advance(STEP_SECONDS * 1000);
    });

    test("whose clock went forward and back again gives no code", async (context) => {
      context.skip(engine.manifest.clock === undefined, "a board without a clock chip has none to turn");
      const now = (await engine.clock()).unixTime;
      await engine.setClock({ unixTime: now + DAY_SECONDS });
      await timeCode();
      await engine.setClock({ unixTime: now });
      await unlock();
      await choose(1);
      expect(await text()).toContain("The clock was changed");
      await press("OFF");
    });

    test("counts from the beginning since then, locks with the last wrong PIN, and no right one opens it", async () => {
      for (let left = TRIES - 1; left > 0; left--) {
        await press("OK", ...wrongPin, "OK");
        expect(await text()).toContain(`Tries left: ${left}`);
      }
      await press("OK", ...wrongPin, "OK");
      expect(await text()).toContain("Token is locked");
      await restart();
      await unlock();
      // With a clock that was changed it does not even ask its bank; one that never had a battery is no reason.
      const asked = engine.manifest.clock === undefined ? "The bank's answer" : "The clock was changed";
      expect(await text()).toContain(asked);
    });

    test("and nothing went wrong on its line, its bus or its flash", () => {
      expect(lineErrors).toEqual([]);
      expect(faults(engine)).toEqual([]);
    });
  });
}

/** Ten digits with a right check digit that the rule of 16 refuses. */
function multipleOf16WithCheckDigit(): string {
  for (let nine = 0; ; nine++) {
    const digits = String(nine).padStart(9, "0");
    let p = 10;
    for (const digit of digits) {
      const s = (p + Number(digit)) % 10 || 10;
      p = (s * 2) % 11;
    }
    const whole = digits + ((11 - p) % 10);
    if (Number(whole) % 16 === 0 && Number(whole) > 0) return whole;
  }
}
