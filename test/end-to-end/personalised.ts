/** A token on the virtual board as a bank hands it out, without a server: the same keys and seeds each time where nothing random is. */
import type { Token } from "../../emulator/testing/token.ts";
import { LABORATORY_BATCH_KEY, LABORATORY_ISSUER_ID } from "../../host-tools/keys/laboratory.ts";
import { LaboratoryKeyService } from "../../host-tools/keys/laboratory-key-service.ts";
import { type PersonaliseOptions, personalise } from "../../host-tools/provisioning/personalise.ts";
import { memoryTransport } from "./bank.ts";

/** Who makes the keys of these tokens. */
export const bankKeys = () =>
  new LaboratoryKeyService({
    issuerId: new Uint8Array(LABORATORY_ISSUER_ID),
    issuerMasterKey: { version: 0x30, key: new Uint8Array(16).fill(0x1a) },
    batchKeys: [{ version: 1, key: new Uint8Array(LABORATORY_BATCH_KEY) }],
    enrolmentKey: new Uint8Array(32).fill(0xe0),
  });

/** Personalises a token in factory state. @param now what time the host has, Unix seconds */
export async function personaliseToken(token: Token, now: number, options: PersonaliseOptions): Promise<void> {
  const keys = bankKeys();
  let time = now * 1000;
  const sleep = async (ms: number) => {
    time += ms;
    token.advance({ ms });
  };
  await personalise(memoryTransport(token), keys, { ...options, clock: { now: () => time, sleep } });
  keys.close();
}
