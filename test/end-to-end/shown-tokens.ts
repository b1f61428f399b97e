/** Tokens for the tests of the face, of either board: the same seeds, keys and clock in every run, so that the codes are the same too. */
import { existsSync } from "node:fs";
import { readBuilt } from "../../emulator/built.ts";
import { Machine } from "../../emulator/machine/machine.ts";
import { type BootOptions, bootToken, Token } from "../../emulator/testing/token.ts";
import { keysFor } from "../../emulator/testing/typed-keys.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { syncClock } from "../../host-tools/provisioning/clock-sync.ts";
import type { PersonaliseOptions } from "../../host-tools/provisioning/personalise.ts";
import { memoryTransport } from "./bank.ts";
import { bankKeys, personaliseToken } from "./personalised.ts";

export const SERIAL = "OC-SCREENS-0001";
export const PIN = "274913";
/** 2027-01-15 08:00:05 UTC: five seconds into a time step. */
export const NOW = 1_800_000_005;
/** OK for so long is MENU, where that has no key. */
const HOLD_MS = 1000;

export type BoardName = "pico-keypad" | "pico-buttons";

/** What diversifies the keys of the board's tokens. */
export const modelOf = (board: BoardName) => new Uint8Array([0, board === "pico-keypad" ? 1 : 2]);

export const factory = (board: BoardName = "pico-keypad") =>
  bootToken({
    board,
    port: false,
    ...(board === "pico-keypad" ? { unixTime: NOW } : {}),
    install: { serial: SERIAL, ...laboratoryTransportKeys(SERIAL, modelOf(board)[1]) },
  });

/** A board that has the bundle and nothing else yet. */
export async function blank(board: BoardName): Promise<Token> {
  const machine = new Machine(await readBuilt(board));
  machine.powerOn();
  return new Token(machine);
}

/** The flash of a token that a bank personalised. */
export async function personalised(options: PersonaliseOptions, board: BoardName = "pico-keypad"): Promise<Uint8Array> {
  const token = await factory(board);
  await personaliseToken(token, NOW, options);
  return token.machine.flashDump();
}

/** It knows the time: where no chip has it, a session has set it. */
export async function boot(
  flash: Uint8Array,
  board: BoardName = "pico-keypad",
  built: Pick<BootOptions, "bundle" | "manifest"> = {},
): Promise<Token> {
  if (board === "pico-keypad") return bootToken({ port: false, unixTime: NOW, flash, ...built });
  const token = await bootToken({ board, port: false, flash, ...built });
  await setClock(token, NOW);
  return token;
}

/** A session sets the clock. @param time Unix seconds */
export async function setClock(token: Token, time: number): Promise<void> {
  let now = time * 1000;
  const sleep = async (ms: number) => {
    now += ms;
    token.advance({ ms });
  };
  const keys = bankKeys();
  await syncClock(memoryTransport(token), keys, { clock: { now: () => now, sleep } });
  keys.close();
}

/** The same flash with a PIN. */
export async function withPin(options: PersonaliseOptions, board: BoardName = "pico-keypad"): Promise<Uint8Array> {
  const token = await boot(await personalised(options, board), board);
  press(token, "OK", ...PIN, "OK", ...PIN, "OK");
  return token.machine.flashDump();
}

/**
 * Presses the keys of a full keypad on whatever keys the token has: a digit is chosen, or led to in a list, MENU is OK held down, and OFF
 * is CLEAR until it is dark.
 */
export function press(token: Token, ...keys: string[]): void {
  const { manifest, display } = token.machine;
  const legend = manifest.keypad.legend.flat();
  for (const key of keys) {
    if (legend.includes(key)) token.press(key);
    else if (key === "MENU") {
      token.machine.keyDown("OK");
      token.advance({ ms: HOLD_MS });
      token.machine.keyUp("OK");
      token.advance({ ms: 60 });
    } else if (key === "OFF") for (let times = 0; times < 60 && display.on; times++) token.press("CLEAR");
    else if (token.chosen() === undefined) token.press(...keysFor(manifest, key));
    else {
      for (let times = 0; times < 9 && !token.chosen()?.startsWith(key); times++) token.press("DOWN");
      token.press("OK");
    }
  }
}

/** A golden of the board's own where it has one, else the one that both boards share. */
export function goldenOf(board: BoardName, name: string): string {
  const own = `buttons/${name}`;
  const file = new URL(`../../firmware/ui/__screens__/${own}.txt`, import.meta.url);
  return board === "pico-buttons" && (process.env.OCHRE_OWN_SCREENS === "1" || existsSync(file)) ? own : name;
}
