/**
 * What a hostile host can put on the line: frames and commands like a bank's, changed at will; and, where it has got hold of the issuer's
 * keys, commands within a session and orders, changed before they are MACed. The token answers in whole frames or not at all, and goes on.
 * Without a session it remembers nothing new but how many were begun. `npm run fuzz -- mutated-frames --runs 1500` sends a million, and
 * says how many.
 */
import fc from "fast-check";
import { afterEach, beforeAll, expect, test } from "vitest";
import { bootToken, type Token } from "../../emulator/testing/token.ts";
import { CLOCK_END, CLOCK_HISTORY, CLOCK_MARK, ORDER_MARK, SEQUENCE } from "../../firmware/core/entries.ts";
import { aes128, wire } from "../../host-tools/crypto/node.ts";
import { LABORATORY_ISSUER_ID, laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { deriveTransportKeys } from "../../host-tools/keys/transport-keys.ts";
import { connectedCredential, STANDARD_CREDENTIALS } from "../../host-tools/provisioning/personalise.ts";
import {
  CLA_SECURE_MESSAGING,
  type CommandApdu,
  encodeCommand,
  MAX_SECURED_DATA,
} from "../../protocol/apdu/command.ts";
import { KIND_CHALLENGE, KIND_COUNTER_CODE, KIND_TIME_CODE } from "../../protocol/apdu/credential-kind.ts";
import { getData, TAG_CLOCK, TAG_CLOCK_HISTORY, TAG_TOKEN_INFORMATION } from "../../protocol/apdu/get-data.ts";
import { type PersonalisationData, TAG_CREDENTIAL, TAG_POLICY } from "../../protocol/apdu/personalisation-data.ts";
import { putKey } from "../../protocol/apdu/put-key.ts";
import { setClock } from "../../protocol/apdu/set-clock.ts";
import { signOrder } from "../../protocol/apdu/sign-order.ts";
import { SW_OK } from "../../protocol/apdu/status-word.ts";
import { storeData } from "../../protocol/apdu/store-data.ts";
import { encodeFrame, FRAME_COMMAND, FRAME_RESET } from "../../protocol/framing/frame.ts";
import { FrameReader } from "../../protocol/framing/frame-reader.ts";
import { Scp03Error } from "../../protocol/scp03/scp03-error.ts";
import { remembered } from "../faults/cut-points.ts";
import { keyService } from "../faults/desk.ts";
import { builtBundle, memoryTransport, setPin } from "./bank.ts";
import { openBareSession } from "./bare-session.ts";
import { forgedOrder, hostileFrame, mutated, mutations, orderFor, share, textOf } from "./hostile-frames.ts";
import { personaliseToken } from "./personalised.ts";

const SERIAL = "OC-MUTATED-1";
const NOW = 2_000_000_000;
const MODEL = new Uint8Array([0, 1]);
/** A campaign boots no token for a hundred frames. */
const campaign = process.env.OCHRE_FUZZ_RUNS !== undefined;
const FRAMES_IN_A_RUN = campaign ? 1000 : 100;
const COMMANDS_IN_A_SESSION = campaign ? 400 : 40;
const ORDERS_IN_A_RUN = 8;
/** Milliseconds after each frame: more than a command takes. */
const PAUSE_MS = 5;
const VBUS_SENSE = 24;
const CHALLENGE_SUITE = "OCRA-1:HOTP-SHA256-8:QN10-T30S";

let active: Uint8Array;
/** Command APDUs as a bank sends them, secured ones among them. */
const commands: Uint8Array[] = [];
let frames = 0;

async function boot(flash?: Uint8Array): Promise<Token> {
  const install = { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) };
  const unixTime = flash === undefined ? NOW : NOW + 600;
  const token = await bootToken({ ...(await builtBundle()), port: false, flash, install, unixTime });
  plug(token);
  return token;
}

function plug({ machine: { pins } }: Token): void {
  pins.supplied.add(VBUS_SENSE);
  pins.settle();
}

function unplug({ machine: { pins } }: Token): void {
  pins.supplied.delete(VBUS_SENSE);
  pins.settle();
}

beforeAll(async () => {
  const token = await boot();
  const receive = token.machine.receive.bind(token.machine);
  const reader = new FrameReader(wire);
  token.machine.receive = (text) => {
    for (const { type, payload } of reader.push(text)) if (type === FRAME_COMMAND) commands.push(payload.slice());
    receive(text);
  };
  await personaliseToken(token, NOW, { credentials: [...STANDARD_CREDENTIALS, connectedCredential(2, "VND")] });
  commands.push(...forgedOrder(NOW + 600));
  await setPin(token);
  active = token.machine.flashDump();
  await token.close();
});
afterEach(({ task }) => console.log(`${frames} frames and commands were changed and sent so far: ${task.name}`));

/** It goes on: to a host that asks, and to its customer. */
function expectAlive(token: Token): void {
  let heard = "";
  token.machine.onTransmit = (text) => {
    heard += text;
  };
  token.machine.receive(encodeFrame(wire, 1, FRAME_RESET, new Uint8Array(0)));
  token.machine.receive(encodeFrame(wire, 2, FRAME_COMMAND, encodeCommand(getData(TAG_TOKEN_INFORMATION))));
  token.advance({ ms: PAUSE_MS });
  expect(heard).toContain(SERIAL);
  token.press("OFF", "OK");
  expect(token.text()).not.toBe("");
}

/** What may differ afterwards is left out. */
function memory(flash: Uint8Array, free: readonly number[]): Record<number, string> {
  const entries = remembered(flash);
  for (const id of free) entries[id] = "";
  return entries;
}

test("no frame and no command that a host makes up stops the token, or changes what it remembers", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(hostileFrame, { minLength: 1, maxLength: FRAMES_IN_A_RUN, size: "max" }),
      async (sent) => {
        await using token = await boot(active);
        const picture = token.text();
        const reader = new FrameReader(wire);
        token.machine.onTransmit = (text) => void reader.push(text);
        for (const frame of sent) {
          token.machine.receive(textOf(commands, frame));
          token.advance({ ms: PAUSE_MS });
        }
        frames += sent.length;
        expect(reader.dropped).toBe(0);
        expect(token.text()).toBe(picture);
        expect(memory(token.machine.flashDump(), [SEQUENCE])).toEqual(memory(active, [SEQUENCE]));
        expectAlive(token);
      },
    ),
  );
});

const issuer = () =>
  deriveTransportKeys(new Uint8Array(16).fill(0x1a), 0x30, new Uint8Array(LABORATORY_ISSUER_ID), SERIAL, MODEL);

/** Commands within a session under the issuer's keys. Their STORE DATA is confirmed under another DEK: as it is, it stores nothing. */
function securedCommands(): CommandApdu[] {
  const { dek } = issuer();
  const other = { enc: new Uint8Array(16).fill(1), mac: new Uint8Array(16).fill(2), dek: new Uint8Array(16).fill(3) };
  const objects: PersonalisationData[] = [
    { tag: TAG_POLICY, pinTryLimit: 5, autoOffSeconds: 30, language: 1 },
    credential(0, KIND_TIME_CODE, "TOTP-SHA256-8-30"),
    credential(1, KIND_CHALLENGE, CHALLENGE_SUITE),
  ];
  const stored = storeData(aes128(new Uint8Array(16).fill(9)), objects);
  const reads = [TAG_TOKEN_INFORMATION, TAG_CLOCK, TAG_CLOCK_HISTORY].map(getData);
  return [...reads, setClock(NOW + 700), putKey(aes128, aes128(dek), 0x30, 0x31, other), ...stored];
}

function credential(slot: number, kind: number, suite: string): PersonalisationData {
  const none = new Uint8Array(0);
  return { tag: TAG_CREDENTIAL, slot, kind, label: "Code", suite, key: new Uint8Array(32).fill(7), parameters: none };
}

const secured = fc.record({
  which: share,
  /** Header bytes, each as it was where none is given. */
  header: fc.record({
    ins: fc.option(fc.nat(255), { freq: 8 }),
    p1: fc.option(fc.nat(255)),
    p2: fc.option(fc.nat(255)),
  }),
  inside: mutations(3),
});

test("who is in a session with the issuer's keys stops it with no command, and without a right confirmation changes nothing but its clock", async () => {
  const plain = securedCommands();
  const free = [SEQUENCE, CLOCK_MARK, CLOCK_HISTORY, CLOCK_END];
  await fc.assert(
    fc.asyncProperty(
      fc.array(secured, { minLength: 1, maxLength: COMMANDS_IN_A_SESSION, size: "max" }),
      async (sent) => {
        await using token = await boot(active);
        const transport = memoryTransport(token);
        let session = await openBareSession(transport, issuer());
        for (const { which, header, inside } of sent) {
          const command = plain[Math.floor(which * plain.length)];
          const { ins, p1, p2 } = header;
          try {
            const { statusWord } = await session.send({
              cla: 0x80 | CLA_SECURE_MESSAGING,
              ins: ins ?? command.ins,
              p1: p1 ?? command.p1,
              p2: p2 ?? command.p2,
              data: mutated(command.data, inside).subarray(0, MAX_SECURED_DATA),
              le: command.le,
            });
            expect(statusWord >> 12, statusWord.toString(16)).toBeGreaterThanOrEqual(6);
            // A fault that nobody has thought of would have this one.
            expect(statusWord).not.toBe(0x6f00);
          } catch (error) {
            // What ends a session is answered bare; the next one is opened.
            if (!(error instanceof Scp03Error)) throw error;
            session = await openBareSession(transport, issuer());
          }
        }
        frames += sent.length;
        expect(memory(token.machine.flashDump(), free)).toEqual(memory(active, free));
        expectAlive(token);
      },
    ),
  );
});

const label = fc.string({ maxLength: 16, unit: "grapheme-ascii" });
const policy = fc.record({
  tag: fc.constant(TAG_POLICY),
  pinTryLimit: fc.integer({ min: 1, max: 10 }),
  autoOffSeconds: fc.integer({ min: 1, max: 65_535 }),
  language: fc.nat(1),
  clockDays: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
});
/** Kinds with a suite that is theirs, and kinds with any. */
const way = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<[number, string]>(
      [KIND_TIME_CODE, "TOTP-SHA1-6-60"],
      [KIND_CHALLENGE, CHALLENGE_SUITE],
      [KIND_COUNTER_CODE, "HOTP-SHA512-8"],
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.integer({ min: 1, max: 8 }), fc.oneof(fc.constant(CHALLENGE_SUITE), label)) },
);
const oddCredential = fc
  .tuple(
    fc.nat(9),
    way,
    label,
    fc.uint8Array({ minLength: 16, maxLength: 64 }),
    mostly(new Uint8Array(0), fc.uint8Array({ maxLength: 16 })),
  )
  .map(([slot, [kind, suite], name, key, parameters]): PersonalisationData => {
    return { tag: TAG_CREDENTIAL, slot, kind, label: name, suite, key, parameters };
  });
function mostly<T>(usual: T, odd: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: odd });
}
const objectsOf = fc
  .tuple(fc.array(policy, { minLength: 1, maxLength: 1 }), fc.array(oddCredential, { minLength: 1, maxLength: 6 }))
  .map((parts): PersonalisationData[] => parts.flat());

test("what a host stores with a right confirmation, however odd, is taken or refused, and the token goes on with it", async () => {
  let stored = 0;
  await fc.assert(
    fc.asyncProperty(objectsOf, async (objects) => {
      let blocks: CommandApdu[];
      try {
        blocks = storeData(aes128(issuer().dek), objects);
      } catch {
        return; // what no host of ours encodes
      }
      await using token = await boot(active);
      const session = await openBareSession(memoryTransport(token), issuer());
      for (const block of blocks) {
        const { statusWord } = await session.send(block);
        expect(statusWord).not.toBe(0x6f00);
        if (statusWord === SW_OK && block === blocks.at(-1)) stored++;
      }
      frames += blocks.length;
      expectAlive(token);
      token.press("1", "2", "MENU", "OK", "CLEAR");
      token.powerOff();
      token.powerOn();
      expectAlive(token);
    }),
  );
  expect(stored).toBeGreaterThan(0);
});

test("an order that was changed before the bank's MAC is shown or refused, and nothing of it is signed by itself", async () => {
  const keys = keyService();
  let shown = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(mutations(4), { minLength: 1, maxLength: ORDERS_IN_A_RUN }), async (orders) => {
      await using token = await boot(active);
      const transport = memoryTransport(token);
      for (const [i, changes] of orders.entries()) {
        const body = mutated(orderFor(NOW + 700, (NOW + i) * 1000), changes).subarray(0, 1800);
        const mac = await keys.authenticateOrder({ serial: SERIAL, model: MODEL }, body);
        for (const command of signOrder(body, mac)) {
          const answer = await transport.exchange(encodeCommand(command));
          expect(answer).toHaveLength(2);
          const statusWord = (answer[0] << 8) | answer[1];
          expect(statusWord).not.toBe(0x6f00);
          if (statusWord === SW_OK && (command.p1 & 0x80) !== 0) shown++;
          frames++;
        }
        token.press("DOWN", "DOWN", "CLEAR");
        token.advance({ ms: 1000 });
        // Three that were refused would close the port.
        unplug(token);
        token.advance({ ms: 100 });
        plug(token);
      }
      expect(memory(token.machine.flashDump(), [ORDER_MARK])).toEqual(memory(active, [ORDER_MARK]));
      expectAlive(token);
    }),
  );
  keys.close();
  expect(shown).toBeGreaterThan(0);
});
