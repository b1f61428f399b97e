/** What a customer and a desk wait for: keys and commands, each with the time of the simulated chip. */
import type { OnProgress } from "../../emulator/mcu/installation.ts";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { measureBoot, measureKey, watchAnswers } from "../../emulator/mcu/profile.ts";
import { codeOf } from "../../emulator/testing/capture.ts";
import type { Manifest } from "../../firmware/build/build.ts";
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
import { type PersonaliseOptions, personalise, transferCredential } from "../../host-tools/provisioning/personalise.ts";
import { INS_INITIALIZE_UPDATE } from "../../protocol/apdu/initialize-update.ts";
import { type FigureId, type Figures, figures } from "./device-figures.ts";

const SERIAL = "OC-BENCH";
const PIN = "274913";
const CHALLENGE = "3456123459";
const UNIX_TIME = 1_800_000_000;
/** Milliseconds of the wall clock that the simulator surely needs less than, for any command. */
const PATIENCE = 120_000;

/** By the keys that open them: 1, 2, 3 and 4. */
const CREDENTIALS: readonly CredentialOrder[] = [
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
  const { enc, mac, dek } = laboratoryTransportKeys(SERIAL);
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
    await engine.press(["OK", ...PIN, "OK", ...PIN, "OK", "OK"]);
    await measure(PIN[0], "digit");
    await engine.press([...PIN.slice(1)]);
    await measure("OK", "menu");
    for (const [choice, id] of [
      ["1", "codeSha1"],
      ["2", "codeSha256"],
      ["3", "codeSha512"],
    ] as const) {
      await measure(choice, id);
      codeOf(await engine.screen());
      await engine.press(["OFF", "OK", ...PIN, "OK"]);
    }
    await engine.press(["4", ...CHALLENGE, "OK"]);
    await measure("OK", "challenge");
    codeOf(await engine.screen());
    measured.boot = (await measureBoot(engine, "boot")).ms;
    await personaliseOn(engine, { replace: true, credentials: [transferCredential(0, "VND")] });
    await engine.press(["OFF", "OK", "OK", ...PIN, "OK", ...PIN, "OK", "OK", ...PIN, "OK", "1"]);
    for (const field of ["123456", "0071000123456", "1500000"]) await engine.press([...field, "OK"]);
    await measure("OK", "sign");
    codeOf(await engine.screen());
    if (engine.board.faults.length > 0) throw new Error(engine.board.faults.join("\n"));
    return measured;
  } finally {
    clearInterval(telling);
    await engine.close();
  }
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
  const keys = new LaboratoryKeyService({
    issuerId: new Uint8Array(LABORATORY_ISSUER_ID),
    issuerMasterKey: { version: 0x30, key: new Uint8Array(16).fill(0x1a) },
    batchKeys: [{ version: LABORATORY_KEY_VERSION, key: new Uint8Array(LABORATORY_BATCH_KEY) }],
    enrolmentKey: new Uint8Array(32).fill(0xe0),
  });
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
  const begun = engine.board.time;
  // The host's clock is the board's: what it waits for is no figure of this computer.
  const clock = {
    now: () => UNIX_TIME * 1000 + engine.board.time,
    sleep: (ms: number) => engine.advance(ms),
  };
  await personalise(timed, keys, { ...options, clock });
  const ms = engine.board.time - begun;
  answers.stop();
  keys.close();
  await engine.rest();
  return { commands, ms };
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
