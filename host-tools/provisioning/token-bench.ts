/** For tests: a token model on a line, with a laboratory key service and a clock that runs only when somebody waits. */
import { FrameTransport } from "../device/frame-transport.ts";
import { MemoryLine } from "../device/memory-line.ts";
import { PortError } from "../device/port-error.ts";
import type { Transport } from "../device/transport.ts";
import type { Keystore } from "../keys/keystore.ts";
import { LABORATORY_BATCH_KEY, LABORATORY_ISSUER_ID, laboratoryTransportKeys } from "../keys/laboratory.ts";
import { LaboratoryKeyService } from "../keys/laboratory-key-service.ts";
import { TokenModel } from "./token-model.ts";

export const SERIAL = "OC00000042";
export const ENROLMENT_KEY: Readonly<Uint8Array> = new Uint8Array(32).fill(0xe0);

/** A fresh one for each test: a key service wipes what it is given. */
export const laboratory = (): Keystore => ({
  issuerId: new Uint8Array(LABORATORY_ISSUER_ID),
  issuerMasterKey: { version: 0x30, key: new Uint8Array(16).fill(0x1a) },
  batchKeys: [{ version: 1, key: new Uint8Array(LABORATORY_BATCH_KEY) }],
  enrolmentKey: new Uint8Array(ENROLMENT_KEY),
});

/** What happens to the n-th command and everything after it. */
export interface Break {
  /** Counts from 1. */
  at: number;
  /** Whether the token still executes that command. */
  executed: boolean;
}

export class TokenBench {
  /** True time, Unix milliseconds. */
  time = 1_800_000_000_250;
  /** Each way of the line, milliseconds. */
  wayMs = 15;
  /** Commands sent on the connection that is open now. */
  sent = 0;
  readonly token: TokenModel;
  readonly keys = new LaboratoryKeyService(laboratory());
  readonly clock = {
    now: () => this.time,
    sleep: async (ms: number) => {
      this.time += ms;
    },
  };

  constructor(serial = SERIAL) {
    this.token = new TokenModel(serial, laboratoryTransportKeys(serial), () => this.time);
  }

  /** Plugs the token in. What it had in RAM is lost where the supply was, and by the RESET that opens a line in any case. */
  async connect(breaks?: Break): Promise<Transport> {
    const line = new MemoryLine((text) => this.token.responder.receive(text));
    line.chunk = 1000;
    const vanish = () => setImmediate(() => line.onEnd(new PortError("vanished", line.path, "the cable was pulled")));
    let broken = false;
    line.toToken = (text) => {
      this.time += this.wayMs;
      this.sent++;
      broken = breaks !== undefined && this.sent >= breaks.at;
      if (broken) vanish();
      return broken && !(breaks?.executed && this.sent === breaks.at) ? "" : text;
    };
    line.toHost = (text) => {
      this.time += this.wayMs;
      return broken ? "" : text;
    };
    this.sent = -1; // the RESET is not counted
    const transport = new FrameTransport(line, { timeoutMs: 50, retries: 1 });
    await transport.reset();
    return transport;
  }
}
