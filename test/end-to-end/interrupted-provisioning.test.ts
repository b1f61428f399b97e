import { afterAll, beforeAll, expect, test } from "vitest";
import type { Token } from "../../emulator/testing/token.ts";
import { tokenInfo } from "../../host-tools/device/token.ts";
import type { Transport } from "../../host-tools/device/transport.ts";
import { TOKEN_STATES } from "../../protocol/apdu/get-data.ts";
import { INS_INITIALIZE_UPDATE } from "../../protocol/apdu/initialize-update.ts";
import { type Bank, memoryTransport, openBank, readTimeCode, setPin } from "./bank.ts";

let bank: Bank;
beforeAll(async () => {
  bank = await openBank();
});
afterAll(() => bank.close());

let serials = 0;
const freshSerial = () => `OC-CUT-${String(++serials).padStart(5, "0")}`;
const stateOf = async (token: Token) => TOKEN_STATES[(await tokenInfo(memoryTransport(token))).state];

/** A transport that does something else to the exchange of number `at`, counted from 0. */
function meddle(inner: Transport, at: number, instead: (apdu: Uint8Array) => Promise<Uint8Array>) {
  let exchanges = 0;
  const transport: Transport = {
    exchange: (apdu) => (exchanges++ === at ? instead(apdu) : inner.exchange(apdu)),
    reset: () => inner.reset(),
    close: () => inner.close(),
  };
  return { transport, exchanges: () => exchanges };
}

/** How many exchanges a whole personalisation takes, and what each of them sends. */
async function rehearse(): Promise<Uint8Array[]> {
  const token = await bank.token(freshSerial());
  const inner = memoryTransport(token);
  const sent: Uint8Array[] = [];
  await bank.provision({
    exchange: (apdu) => {
      sent.push(apdu);
      return inner.exchange(apdu);
    },
    reset: () => inner.reset(),
    close: () => inner.close(),
  });
  return sent;
}

/** The token works for a customer, and the server knows it. */
async function expectComplete(token: Token, serial: string) {
  expect(await stateOf(token)).toBe("issued");
  await setPin(token);
  expect(await bank.validate(serial, await readTimeCode(token))).toBe("accepted");
}

test("a cable pulled before any APDU, or before its answer, leaves the token untouched or complete; a second run completes it", async () => {
  const { length } = await rehearse();
  expect(length).toBeGreaterThan(10);
  const completed: string[] = [];
  for (let at = 0; at < length; at++) {
    for (const arrived of [false, true]) {
      const serial = freshSerial();
      const token = await bank.token(serial);
      const inner = memoryTransport(token);
      const { transport } = meddle(inner, at, async (apdu) => {
        if (arrived) await inner.exchange(apdu);
        throw new Error("the cable was pulled");
      });
      // A pulled cable takes the token's power with it.
      await expect(bank.provision(transport)).rejects.toThrow("the cable was pulled");
      token.powerOff();
      token.powerOn();
      const state = await stateOf(token);
      // Only the last block commits: when it arrived, the token is complete; before that, it is as it was.
      expect(state).toBe(arrived && at === length - 1 ? "issued" : "factory");
      completed.push(state);
      await bank.provision(memoryTransport(token));
      await expectComplete(token, serial);
      await token.close();
    }
  }
  expect(completed.filter((state) => state === "issued")).toHaveLength(1);
}, 120_000);

test("a bit flipped in any APDU of the sessions ends them with nothing written; a second run completes the token", async () => {
  const sent = await rehearse();
  const first = sent.findIndex((apdu) => apdu[1] === INS_INITIALIZE_UPDATE);
  let random = 1;
  for (let at = first; at < sent.length; at++) {
    // Bits of the class, of the length, of the first and the last byte of the data, and some that differ from APDU to APDU.
    const bits = new Set([0, 2, 33, 39, 41, sent[at].length * 8 - 9]);
    for (let i = 0; i < 6; i++) bits.add((random = (random * 48271) % 0x7fffffff) % (sent[at].length * 8));
    for (const bit of bits) {
      const serial = freshSerial();
      const token = await bank.token(serial);
      const inner = memoryTransport(token);
      let before = "";
      let after = "";
      const { transport, exchanges } = meddle(inner, at, async (apdu) => {
        const flipped = apdu.slice();
        flipped[bit >> 3] ^= 0x80 >> (bit & 7);
        before = flashOf(token);
        const answer = await inner.exchange(flipped);
        after = flashOf(token);
        return answer;
      });
      const outcome = await bank.provision(transport).then(
        () => "complete",
        () => "broken off",
      );
      // Le of INITIALIZE UPDATE is outside every MAC, and asks for all that there is whatever it says.
      if (outcome === "complete") expect([sent[at][1], bit >> 3]).toEqual([INS_INITIALIZE_UPDATE, sent[at].length - 1]);
      else {
        expect(exchanges()).toBe(at + 1);
        // A session's beginning counts itself, whatever comes of it.
        if (sent[at][1] !== INS_INITIALIZE_UPDATE) expect(after).toBe(before);
        expect(await stateOf(token)).toBe("factory");
        await bank.provision(memoryTransport(token));
      }
      expect(await stateOf(token)).toBe("issued");
      await token.close();
    }
  }
}, 120_000);

function flashOf(token: Token): string {
  return Buffer.from(token.machine.flashDump()).toString("latin1");
}
