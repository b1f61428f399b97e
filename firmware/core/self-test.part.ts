/** Whether the board computes rightly now, and with what. */

import { routines } from "../crypto/routines.part.ts";
import type { Board } from "../hal/board.ts";
import type { PrimitiveName, ProviderName } from "../hal/primitives.ts";

const HASHES = ["sha1", "sha256", "sha512"] as const;

export interface SelfTest {
  /** Names of the primitives that answer wrongly or whose machine code is broken; none where all is well. */
  readonly failed: PrimitiveName[];
  /** For each provider in use, a line for a technician: its name, then 1, 256 and 512 for the SHA of these numbers, and AES. */
  readonly lines: string[];
}

/**
 * Asks each primitive, wherever it comes from, a question with a known answer: the HMAC of 00 to 0F under themselves in two rounds, one
 * block of AES-128 there and back. Machine code is called only where it is still what was installed. Takes seconds without it.
 */
export function selfTest(board: Board): SelfTest {
  const primitives = board.primitives;
  // Each before it is called: what is broken leaves its place to another.
  for (const name of HASHES) primitives.intact(name);
  primitives.intact("aes128");
  const failed = primitives.broken.slice();
  const question = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  for (const name of HASHES) {
    const hash = primitives.hashes[name];
    const answer = hash.hmac(hash.hmacStates(question), question, 2);
    if (board.wire.crc32(answer) !== routines()[name].hmac && failed.indexOf(name) < 0) failed.push(name);
  }
  const aes = primitives.loadAes128()(question);
  const secret = aes.encryptBlock(question);
  const back = board.wire.crc32(aes.decryptBlock(secret)) === board.wire.crc32(question);
  const there = board.wire.crc32(secret) === routines().aes128.answer;
  if (!(there && back) && failed.indexOf("aes128") < 0) failed.push("aes128");
  const lines: string[] = [];
  const providers = primitives.providers;
  const line = function (provider: ProviderName, name: string): void {
    let text = name;
    if (providers.sha1 === provider) text += " 1";
    if (providers.sha256 === provider) text += " 256";
    if (providers.sha512 === provider) text += " 512";
    if (providers.aes128 === provider) text += " AES";
    if (text !== name) lines.push(text);
  };
  line("espruino", "native");
  line("thumb", "thumb");
  line("typescript", "script");
  return { failed: failed, lines: lines };
}
