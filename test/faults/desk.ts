/** The bank's desk before a token on whichever engine: its commands in clear text, the time on its wall the engine's. */
import type { Engine } from "../../emulator/engine.ts";
import { FrameTransport, type Line } from "../../host-tools/device/frame-transport.ts";
import type { Transport } from "../../host-tools/device/transport.ts";
import { LABORATORY_BATCH_KEY, LABORATORY_ISSUER_ID } from "../../host-tools/keys/laboratory.ts";
import { LaboratoryKeyService } from "../../host-tools/keys/laboratory-key-service.ts";
import type { HostClock } from "../../host-tools/provisioning/host-clock.ts";

/** The desk's time as an engine begins, Unix seconds. */
export const NOW = 2_000_000_000;

const ISSUER_KEY = { version: 0x30, key: 0x1a };
const NEXT_ISSUER_KEY = { version: 0x31, key: 0x1b };

const versioned = ({ version, key }: typeof ISSUER_KEY) => ({ version, key: new Uint8Array(16).fill(key) });

/** The issuer's key service. @param rotated once it has a new issuer key */
export const keyService = (rotated = false) =>
  new LaboratoryKeyService({
    issuerId: new Uint8Array(LABORATORY_ISSUER_ID),
    issuerMasterKey: versioned(rotated ? NEXT_ISSUER_KEY : ISSUER_KEY),
    formerIssuerKeys: rotated ? [versioned(ISSUER_KEY)] : [],
    batchKeys: [{ version: 1, key: new Uint8Array(LABORATORY_BATCH_KEY) }],
    enrolmentKey: new Uint8Array(32).fill(0xe0),
  });

/**
 * Does something with a token on its line. Whoever waits for a token whose power goes meanwhile is told at once.
 * @param begin the time on the desk's clock now, Unix seconds
 */
export async function atDesk<T>(
  engine: Engine,
  work: (transport: Transport, keys: LaboratoryKeyService, clock: HostClock) => Promise<T>,
  { begin = NOW, rotated = false } = {},
): Promise<T> {
  let heard = "";
  const stop = engine.onSerial((direction, text) => {
    if (direction === "to-host") heard += text;
  });
  const started = (await engine.clock()).timeMs;
  let time = begin * 1000;
  const passed = async () => {
    time = begin * 1000 + (await engine.clock()).timeMs - started;
  };
  const line: Line = {
    path: "engine",
    write: async (text) => {
      heard = "";
      await engine.send(text);
      await passed();
      // No answer comes from a token that lost its power, and nobody waits for one.
      if (!(await engine.power()).on) throw new Error("the power was cut");
      line.onText(heard);
    },
    close: async () => {},
    onText: () => {},
    onEnd: () => {},
  };
  const transport = new FrameTransport(line, { timeoutMs: 60_000, retries: 0 });
  const keys = keyService(rotated);
  const sleep = async (ms: number) => {
    await engine.advance(ms);
    await passed();
  };
  try {
    return await work(transport, keys, { now: () => time, sleep });
  } finally {
    stop();
    keys.close();
    await transport.close();
  }
}
