/**
 * What a recording needs of an engine, by the calls that every engine has. A call's time is then what the clock says just before it:
 * where time passes by itself, the token may be a moment further when the call gets through to it. Of its beginning it has what an engine
 * tells; the rest is as in a new token, and bytes that were late still arrive.
 */
import type { Engine, EngineError, Screen } from "./engine.ts";
import { type StoredState, storedState } from "./fast/board-state.ts";
import { type CallName, keysOf } from "./fast/calls.ts";
import * as check from "./fast/check.ts";
import { mayHaveActed, type Performed, type Recordable } from "./fast/recorded.ts";
import { Machine } from "./machine/machine.ts";

/** The engine itself, where it knows more. */
export function recordable(engine: Engine): Recordable {
  return "perform" in engine && "startAnew" in engine ? (engine as Engine & Recordable) : new Observed(engine);
}

class Observed implements Recordable {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async startAnew(): Promise<{ start: StoredState; screen: Screen }> {
    const engine = this.#engine;
    check.battery((await engine.power()).batteryVolts);
    await engine.powerOff();
    if (engine.capabilities.flashFaults) await engine.cutAtFlashOperation(0);
    for (const key of keysOf(engine.manifest)) await engine.keyUp(key);
    const start = await this.#withoutPower();
    await engine.powerOn();
    return { start, screen: await engine.screen() };
  }

  async perform(call: CallName, args: unknown[]): Promise<Performed> {
    const began = await this.#now();
    let error: EngineError | undefined;
    try {
      await (this.#engine[call] as (...args: unknown[]) => Promise<void>)(...args);
    } catch (thrown) {
      if (!mayHaveActed(thrown)) throw thrown;
      error = thrown;
    }
    const ended = await this.#now();
    return { began, ended, screen: await this.#engine.screen(), ...(error === undefined ? {} : { error }) };
  }

  async #now(): Promise<number> {
    return Math.round((await this.#engine.clock()).timeMs * 1000);
  }

  /** A machine with all that is told of this token. */
  async #withoutPower(): Promise<StoredState> {
    const engine = this.#engine;
    const { manifest } = engine;
    const { unixTime, lostPower, driftPpm, temperatures, timeMs } = await engine.clock();
    // Any time says that it was set; what it shows is told below.
    const set = lostPower ? {} : { unixTime: 1e9 };
    const machine = new Machine({ bundle: "", manifest, flash: await engine.dumpFlash(), ...set });
    machine.clock.drift = { ppm: driftPpm, temperatures };
    machine.line.faults = await engine.serialFaults();
    machine.batteryVolts = (await engine.power()).batteryVolts;
    const now = Math.round(timeMs * 1000);
    const state = machine.state!;
    return storedState({ ...state, now, clock: { ...state.clock, setAt: now, shown: Math.round(unixTime * 1e6) } });
  }
}
