/** What a customer and a desk wait for: keys and commands, each with the time of the simulated chip. */
import type { OnProgress } from "../../emulator/mcu/installation.ts";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { measureBoot, measureKey, watchAnswers } from "../../emulator/mcu/profile.ts";
import { codeOf } from "../../emulator/testing/capture.ts";
import { keysFor } from "../../emulator/testing/typed-keys.ts";
import type { Manifest } from "../../firmware/build/manifest.ts";
import { bankOrderResult, sendBankOrder } from "../../host-tools/device/bank-order.ts";
import { FrameTransport, type Line } from "../../host-tools/device/frame-transport.ts";
import type { Transport } from "../../host-tools/device/transport.ts";
import type { CredentialOrder } from "../../host-tools/keys/key-service.ts";
import {
  LABORATORY_BATCH_KEY,
  LABORATORY_ISSUER_ID,
  LABORATORY_KEY_VERSION,
  laboratoryTransportKeys,
} from "../../host-tools/keys/laboratory.ts";
import { LaboratoryKeyService } from "../../host-tools/keys/laboratory-key-service.ts";
import {
  connectedCredential,
  type PersonaliseOptions,
  personalise,
  transferCredential,
} from "../../host-tools/provisioning/personalise.ts";
import { INS_INITIALIZE_UPDATE } from "../../protocol/apdu/initialize-update.ts";
import { ORDER_SIGNED, orderBody } from "../../protocol/apdu/sign-order.ts";
import { counterFromNumber } from "../../protocol/otp/counter.ts";
import { encodeOrder } from "../../protocol/otp/order.ts";
import { type FigureId, type Figures, figures } from "./device-figures.ts";

export const SERIAL = "OC-BENCH";
export const PIN = "274913";
const CHALLENGE = "3456123459";
export const UNIX_TIME = 1_800_000_000;
/** Milliseconds of the wall clock that the simulator surely needs less than, for any command. */
const PATIENCE = 120_000;

/** In which an order of the bank's is signed, or never. */
const ORDER_SECONDS = 300;
/** Times DOWN is pressed: more often than it has pages. */
const ORDER_PAGES = 3;
/** Milliseconds after which its last line has been seen. */
const LAST_LINE_SEEN = 1200;

/** By the keys that open them: 1, 2, 3 and 4. */
export const CREDENTIALS: readonly CredentialOrder[] = [
  { slot: 0, kind: "time-code", suite: "TOTP-SHA1-8-30", label: "SHA-1" },
  { slot: 1, kind: "time-code", suite: "TOTP-SHA256-8-30", label: "SHA-256" },
  { slot: 2, kind: "time-code", suite: "TOTP-SHA512-8-30", label: "SHA-512" },
  { slot: 3, kind: "challenge", suite: "OCRA-1:HOTP-SHA256-8:QN10-T30S", label: "Challenge" },
];

export interface ScreensStart {
  image: Uint8Array;
  bootrom: Uint8Array;
  bundle: string;
  manifest: Manifest;
  onProgress: OnProgress;
}

/** How often it is told how far a figure is, in milliseconds of the wall clock. */
const TELL_MS = 500;

/** A token's way from its factory state to a code of each kind. */
export async function screenFigures(start: ScreensStart): Promise<Partial<Figures>> {
  const { enc, mac, dek } = laboratoryTransportKeys(SERIAL, start.manifest.model);
  const install = { serial: SERIAL, keyVersion: LABORATORY_KEY_VERSION, enc, mac, dek };
  const engine = await McuEngine.boot({ ...start, install, speed: 0 });
  let doing: string = figures.personalisation.name;
  const telling = setInterval(() => start.onProgress(doing, engine.board.time), TELL_MS);
  try {
    const measured = await personalisationFigures(engine);
    const measure = async (key: string, id: FigureId) => {
      doing = figures[id].name;
      measured[id] = (await measureKey(engine, key, id)).ms;
    };
    const keys = (...names: string[]) => engine.press(names.flatMap((name) => keysFor(engine.manifest, name)));
    /** Measured from the last key that chooses a line of a menu which has just come. */
    const choose = async (line: number, id: FigureId) => {
      if (engine.manifest.keypad.legend.flat().includes(String(line))) return measure(String(line), id);
      await engine.press(new Array<string>(line - 1).fill("DOWN"));
      await measure("OK", id);
    };
    await keys("OK", ...PIN, "OK", ...PIN, "OK", "OK");
    await measure(PIN[0], "digit");
    await engine.press(keysFor(engine.manifest, PIN[0]).slice(1));
    await keys(...PIN.slice(1));
    await measure("OK", "menu");
    for (const [line, id] of [
      [1, "codeSha1"],
      [2, "codeSha256"],
      [3, "codeSha512"],
    ] as const) {
      await choose(line, id);
      codeOf(await engine.screen());
      await keys("OFF", "OK", ...PIN, "OK");
    }
    await engine.press([...new Array<string>(3).fill("DOWN"), "OK"]);
    await keys(...CHALLENGE, "OK");
    await measure("OK", "challenge");
    codeOf(await engine.screen());
    await personaliseOn(engine, {
      replace: true,
      credentials: [transferCredential(0, "VND"), connectedCredential(1, "VND")],
    });
    await keys("OFF", "OK", "OK", ...PIN, "OK", ...PIN, "OK", "OK", ...PIN, "OK");
    await engine.press(["OK"]);
    for (const field of ["123456", "0071000123456", "1500000"]) await keys(...field, "OK");
    await measure("OK", "sign");
    codeOf(await engine.screen());
    await keys("OFF");
    await engine.advance(1000);
    measured.connectedAnswer = await connectedOrder(engine, keys, () => measure("OK", "connected"));
    // Last: a board without a clock chip loses the time with its power, and gives no code without it.
    measured.boot = (await measureBoot(engine, "boot")).ms;
    if (engine.board.faults.length > 0) throw new Error(engine.board.faults.join("\n"));
    return measured;
  } finally {
    clearInterval(telling);
    await engine.close();
  }
}

/** The bank's own order, read to its end and confirmed with its transaction code. @returns what the token takes to hand the signature over */
async function connectedOrder(
  engine: McuEngine,
  keys: (...names: string[]) => Promise<void>,
  confirm: () => Promise<void>,
): Promise<number> {
  const bank = laboratoryKeys();
  const { transport, commands, stop } = timedTransport(engine);
  const { manifest, board } = engine;
  const texts = ["123456", "0071000123456", "1500000", "VND", "970436", "NGUYEN VAN A", "Invoice 1"];
  const order = encodeOrder(
    3,
    texts.map((text, i) => ({ tag: i + 1, value: new Uint8Array(Buffer.from(text)) })),
  );
  const body = orderBody(counterFromNumber(1), Math.floor(UNIX_TIME + board.time / 1000) + ORDER_SECONDS, order);
  const model = new Uint8Array([manifest.model >> 8, manifest.model]);
  // The order leaves the display with the cable.
  board.keepCable();
  await sendBankOrder(transport, body, await bank.authenticateOrder({ serial: SERIAL, model }, body));
  bank.close();
  await engine.rest();
  await keys(...PIN, "OK", ...new Array<string>(ORDER_PAGES).fill("DOWN"));
  await engine.advance(LAST_LINE_SEEN);
  await keys("OK", ...texts[0]);
  await confirm();
  codeOf(await engine.screen());
  const { state } = await bankOrderResult(transport);
  if (state !== ORDER_SIGNED) throw new Error(`the order was not signed: ${state}`);
  stop();
  return commands.at(-1)!.ms;
}

async function personalisationFigures(engine: McuEngine): Promise<Partial<Figures>> {
  const { commands, ms } = await personaliseOn(engine, { credentials: CREDENTIALS });
  // EXTERNAL AUTHENTICATE is what follows an INITIALIZE UPDATE. Of the two sessions the slower one.
  const handshakes = commands.map(({ instruction, ms }, at) =>
    instruction === INS_INITIALIZE_UPDATE ? ms + commands[at + 1].ms : 0,
  );
  return {
    handshake: Math.max(...handshakes),
    personalisation: commands.reduce((sum, { ms }) => sum + ms, 0),
    personalisationWithHost: ms,
  };
}

/** @returns each command's time on the board, and that of all of it with its host's pauses */
async function personaliseOn(engine: McuEngine, options: PersonaliseOptions) {
  const keys = laboratoryKeys();
  const { transport: timed, commands, stop } = timedTransport(engine);
  const begun = engine.board.time;
  // The host's clock is the board's: what it waits for is no figure of this computer.
  const clock = {
    now: () => UNIX_TIME * 1000 + engine.board.time,
    sleep: (ms: number) => engine.advance(ms),
  };
  await personalise(timed, keys, { ...options, clock });
  const ms = engine.board.time - begun;
  stop();
  keys.close();
  await engine.rest();
  return { commands, ms };
}

const laboratoryKeys = () =>
  new LaboratoryKeyService({
    issuerId: new Uint8Array(LABORATORY_ISSUER_ID),
    issuerMasterKey: { version: 0x30, key: new Uint8Array(16).fill(0x1a) },
    batchKeys: [{ version: LABORATORY_KEY_VERSION, key: new Uint8Array(LABORATORY_BATCH_KEY) }],
    enrolmentKey: new Uint8Array(32).fill(0xe0),
  });

/** A transport that tells what the token took for each command. */
function timedTransport(engine: McuEngine) {
  const answers = watchAnswers(engine);
  const transport = new FrameTransport(lineOf(engine), { timeoutMs: PATIENCE, retries: 0 });
  const commands: { instruction: number; ms: number }[] = [];
  const timed: Transport = {
    async exchange(command) {
      const answer = await transport.exchange(command);
      commands.push({ instruction: command[1], ms: answers.ms });
      return answer;
    },
    reset: () => transport.reset(),
    close: () => transport.close(),
  };
  return { transport: timed, commands, stop: () => answers.stop() };
}

/** The token's line without a port in between. */
function lineOf(engine: McuEngine): Line {
  const line: Line = {
    path: "the engine mcu",
    write: async (text) => engine.receive(text),
    close: async () => {},
    onText: () => {},
    onEnd: () => {},
  };
  engine.onTransmit = (text) => line.onText(text);
  return line;
}
