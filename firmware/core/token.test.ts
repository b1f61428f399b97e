import { expect, test } from "vitest";
import { aes128, hashes, wire } from "../../host-tools/crypto/node.ts";
import { TornFlash } from "../../test/faults/torn-flash.ts";
import type { Board } from "../hal/board.ts";
import { clockMark } from "./clock-guard.ts";
import { POLICY, SERIAL } from "./entries.ts";
import { Token } from "./token.ts";
import { credentialEntries } from "./vault.ts";

const NOW = 1_800_000_000;
const ascii = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const PIN = "274913";

/** A token with a PIN, a time code in slot 0 and, in slot 1, one whose PIN is good for a minute. */
function token(): { token: Token; clock: { time: number | undefined } } {
  const clock = { time: NOW as number | undefined };
  const board = {
    flash: new TornFlash({ pageSize: 2048, pages: 2 }),
    wire,
    clock: { now: () => clock.time ?? 0, soundNow: () => clock.time, lostPower: () => false, volatile: false },
    random: (length: number) => new Uint8Array(length).fill(0x5a),
    pinRounds: () => 1,
    primitives: { hashes, loadAes128: () => aes128, broken: [], intact: () => true },
  } as unknown as Board;
  const made = new Token(board);
  const credential = { kind: 1, suite: "TOTP-SHA256-8-30", parameters: new Uint8Array(0) };
  made.journal.format([
    { id: SERIAL, value: ascii("OC-TOKEN-0001") },
    { id: POLICY, value: new Uint8Array([5, 0, 30, 1, 0, 0]) },
    clockMark(NOW),
    ...credentialEntries(
      board,
      [
        { ...credential, slot: 0, label: "A" },
        { ...credential, slot: 1, label: "B", pinSeconds: 60 },
      ],
      [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)],
    ),
  ]);
  made.vault.setPin(ascii(PIN));
  return { token: made, clock };
}

test("with its code, or a clock that is not to be believed, a credential's keys are overwritten, all of them", () => {
  for (const time of [NOW, undefined]) {
    const { token: made, clock } = token();
    expect(made.vault.open(ascii(PIN))).toBe(true);
    const states = [0, 1].flatMap((slot) => made.vault.key(slot).states);
    clock.time = time;
    expect(made.code(made.vault.credentials[0], "", () => {})).toBe(time !== undefined);
    for (const state of states) expect(state.every((byte) => byte === 0)).toBe(true);
    expect(() => made.vault.key(0)).toThrow("closed");
  }
});

test("one whose PIN is good for more codes keeps them, until the vault is closed", () => {
  const { token: made } = token();
  made.vault.open(ascii(PIN));
  const { states } = made.vault.key(1);
  expect(made.code(made.vault.credentials[1], "", () => {})).toBe(true);
  expect(made.vault.key(1).states).toBe(states);
  made.vault.close();
  for (const state of states) expect(state.every((byte) => byte === 0)).toBe(true);
});

test("a display that fails while a code is shown leaves no key either", () => {
  const { token: made } = token();
  made.vault.open(ascii(PIN));
  const { states } = made.vault.key(0);
  const fails = () => {
    throw new Error("no picture");
  };
  expect(() => made.code(made.vault.credentials[0], "", fails)).toThrow("no picture");
  for (const state of states) expect(state.every((byte) => byte === 0)).toBe(true);
});
