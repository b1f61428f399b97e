/** What the head of journal.ts says of capacity and lifetime, counted on the token's own code. */
import { expect, test } from "vitest";
import { hashes, wire } from "../../host-tools/crypto/node.ts";
import { TornFlash } from "../../test/faults/torn-flash.ts";
import type { Board } from "../hal/board.ts";
import { clockMark } from "./clock-guard.ts";
import { CREDENTIAL_SLOTS, POLICY } from "./entries.ts";
import { installToken } from "./install.part.ts";
import { type Entry, Journal } from "./journal.ts";
import { Token } from "./token.ts";
import { credentialEntries } from "./vault.ts";

/** The reference token's. */
const PAGE_SIZE = 4096;
const YEARS = 5;
const CODES_A_DAY = 20;
/** Of the Pico's W25Q16JV, by its data sheet. */
const ENDURANCE = 100_000;

const NOW = 1_800_000_000;
const PIN = new Uint8Array(Buffer.from("274913", "latin1"));

/** An issued token with eight credentials of this suite, with the longest label and key there are, and a PIN. */
function issued(suite: string) {
  const flash = new TornFlash({ pageSize: PAGE_SIZE });
  const clock = { now: () => NOW, soundNow: () => NOW };
  const primitives = { hashes, broken: [], intact: () => true };
  const board = { flash, wire, clock, pinRounds: () => 1, primitives } as unknown as Board;
  board.random = (length) => new Uint8Array(length).fill(0x5a);
  const token = new Token(board);
  const key = new Uint8Array(16).fill(1);
  installToken(token, "OC-LIFETIME-0001", 1, key, key, key);
  const slots = Array.from({ length: CREDENTIAL_SLOTS }, (_, slot) => slot);
  const credentials = slots.map((slot) => ({
    slot,
    kind: 1,
    suite,
    label: "L".repeat(16),
    parameters: new Uint8Array(6),
  }));
  const keys = slots.map((slot) => new Uint8Array(64).fill(slot));
  token.journal.rewrite([
    ...credentialEntries(board, credentials, keys),
    { id: POLICY, value: new Uint8Array([5, 0, 30, 1]) },
    clockMark(NOW),
  ]);
  token.vault.setPin(PIN);
  return { flash, token };
}

/** Bytes of the records that `work` appends, each, and what they change. */
function appended(flash: TornFlash, journal: Journal, work: () => void) {
  const bytes: number[] = [];
  const changes: Entry[][] = [];
  const write = flash.write.bind(flash);
  const commit = journal.commit.bind(journal);
  flash.write = (address, data) => {
    if (data.length > 4) bytes.push(data.length);
    write(address, data);
  };
  journal.commit = (entries) => {
    changes.push(entries.map(({ id, value }) => ({ id, value: value.slice() })));
    commit(entries);
  };
  work();
  flash.write = write;
  journal.commit = commit;
  return { bytes, changes };
}

test("eight credentials of the largest size fill a third of what a bank holds", () => {
  const { token } = issued(`TOTP-SHA256-8-30${" ".repeat(48)}`);
  let payload = 0;
  for (let id = 0; id < 256; id++) {
    const value = token.journal.get(id);
    if (value !== undefined) payload += 2 + value.length;
  }
  expect(payload).toBe(1380);
  expect(payload).toBeLessThan((PAGE_SIZE - 26) * 0.34);
});

test("five years of twenty codes a day wear both pages alike, and less than a hundredth of what they bear", () => {
  const { flash, token } = issued("TOTP-SHA256-8-30");
  const code = appended(flash, token.journal, () => {
    expect(token.vault.open(PIN)).toBe(true);
    token.code(token.vault.credentials[0], "", (digits) => expect(digits).toMatch(/^\d{8}$/));
  });
  expect(code.bytes).toEqual([16, 16, 20]);
  const { erases } = flash;
  const atFirst = Math.max(...erases);
  let before = erases[0] + erases[1];
  let changes = 0;
  let codes = 0;
  let fewest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < YEARS * 365 * CODES_A_DAY; i++, codes++) {
    for (const entries of code.changes) token.journal.commit(entries);
    if (erases[0] + erases[1] === before) continue;
    before = erases[0] + erases[1];
    if (changes++ > 0) fewest = Math.min(fewest, codes);
    codes = 0;
  }
  const mounted = new Journal(flash, wire);
  expect(mounted.mount()).toBe(true);
  expect(fewest).toBe(21);
  expect(changes).toBe(1710);
  expect(Math.abs(erases[0] - erases[1])).toBeLessThanOrEqual(2);
  expect(Math.max(...erases) - atFirst).toBe(855);
  expect(Math.max(...erases)).toBeLessThan(ENDURANCE / 100);
});

test("an event counter of eight bytes takes a record of 20, and the removal of an entry one of 12", () => {
  const { flash, token } = issued("TOTP-SHA256-8-30");
  const { bytes } = appended(flash, token.journal, () => {
    token.journal.commit([{ id: 39, value: new Uint8Array(8) }]);
    token.journal.commit([{ id: 39, value: new Uint8Array(0) }]);
  });
  expect(bytes).toEqual([20, 12]);
});
