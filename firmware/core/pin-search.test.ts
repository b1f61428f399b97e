/** What a thief gets who has read the flash of a board of class O, and tries all PINs against it. */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { expect, test } from "vitest";
import { aes128, hashes, wire } from "../../host-tools/crypto/node.ts";
import { counterFromNumber } from "../../protocol/otp/counter.ts";
import { hotp } from "../../protocol/otp/hotp.ts";
import { TornFlash } from "../../test/faults/torn-flash.ts";
import type { Board } from "../hal/board.ts";
import { keyOffset } from "./credential.ts";
import { CREDENTIAL, PIN as PIN_SEAL, POLICY, SERIAL } from "./entries.ts";
import { Journal } from "./journal.ts";
import { credentialEntries, Vault } from "./vault.ts";
import { weakPin } from "./weak-pin.ts";

const ascii = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const PIN = "274913";
const SERIAL_NUMBER = "OC-SEARCH-0001";
const KEY = new Uint8Array(32).map((_, i) => (i * 37 + 11) & 0xff);
const STEP = counterFromNumber(60_000_000);

/** Flash of a token with a PIN. One round: how many PINs stay possible does not depend on what each of them costs. */
function stolenFlash(): TornFlash {
  const flash = new TornFlash({ pageSize: 2048, pages: 2 });
  const journal = new Journal(flash, wire);
  const random = (length: number) => new Uint8Array(length).map((_, i) => 31 * i + 7);
  const primitives = { hashes, loadAes128: () => aes128, broken: [], intact: () => true };
  const board = { flash, wire, random, pinRounds: () => 1, primitives } as unknown as Board;
  journal.format([
    { id: SERIAL, value: ascii(SERIAL_NUMBER) },
    { id: POLICY, value: new Uint8Array([5, 0, 30, 1]) },
    ...credentialEntries(
      board,
      [{ slot: 0, kind: 1, suite: "TOTP-SHA256-8-30", label: "", parameters: new Uint8Array(0) }],
      [KEY.slice()],
    ),
  ]);
  new Vault(board, journal).setPin(ascii(PIN));
  return flash;
}

test("who has the flash and no code can rule out most PINs and keeps one in twenty; one code that was seen leaves the right one", () => {
  const journal = new Journal(stolenFlash(), wire);
  journal.mount();
  const seal = Buffer.from(journal.get(PIN_SEAL) as Uint8Array);
  const credential = journal.get(CREDENTIAL) as Uint8Array;
  const masked = Buffer.from(credential.subarray(keyOffset(credential)));
  // PBKDF2 of one round and block is one HMAC.
  const salt = Buffer.concat([seal.subarray(4, 20), ascii(SERIAL_NUMBER), Buffer.from([0, 0, 0, 1])]);
  // All that the seal says beside rounds and salt.
  expect(seal.length).toBe(21);
  const seen = hotp(hashes.sha256, KEY, STEP, 8);

  const possible: string[] = [];
  const confirmed: string[] = [];
  // Every eighth of a million is as good as all of them: the share is known to a thousandth, and they take half a minute.
  const tried = 1_000_000 / 8;
  for (let number = Number(PIN) % 8; number < 1_000_000; number += 8) {
    const pin = String(number).padStart(6, "0");
    // Faster for a million short messages than a call of Node's for each.
    const k = hmac(sha256, ascii(pin), salt);
    const check = hmac(sha256, k, new Uint8Array([0xff]))[0] & 0x0f;
    if (check !== seal[20] || weakPin(ascii(pin)) !== "") continue;
    possible.push(pin);
    const stream = hmac(sha256, k, new Uint8Array(2));
    const key = new Uint8Array(masked.map((byte, i) => byte ^ stream[i]));
    if (hotp(hashes.sha256, key, STEP, 8) === seen) confirmed.push(pin);
  }
  expect(possible).toContain(PIN);
  expect(possible.length / tried).toBeGreaterThanOrEqual(1 / 20);
  expect(confirmed).toEqual([PIN]);
}, 120_000);
