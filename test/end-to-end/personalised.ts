/** A token on the virtual board as a bank hands it out, without a server: the same keys and seeds each time where nothing random is. */
import type { Token } from "../../emulator/testing/token.ts";
import { LABORATORY_BATCH_KEY, LABORATORY_ISSUER_ID } from "../../host-tools/keys/laboratory.ts";
import { LaboratoryKeyService } from "../../host-tools/keys/laboratory-key-service.ts";
import { enrolmentAad, openSeed } from "../../host-tools/keys/seal.ts";
import type { Enrolment } from "../../host-tools/provisioning/enrolment.ts";
import { type PersonaliseOptions, personalise } from "../../host-tools/provisioning/personalise.ts";
import { memoryTransport } from "./bank.ts";

const ENROLMENT_KEY = new Uint8Array(32).fill(0xe0);

/** Who makes the keys of these tokens. */
export const bankKeys = () =>
  new LaboratoryKeyService({
    issuerId: new Uint8Array(LABORATORY_ISSUER_ID),
    issuerMasterKey: { version: 0x30, key: new Uint8Array(16).fill(0x1a) },
    batchKeys: [{ version: 1, key: new Uint8Array(LABORATORY_BATCH_KEY) }],
    enrolmentKey: new Uint8Array(ENROLMENT_KEY),
  });

/** Personalises a token in factory state. @param now what time the host has, Unix seconds */
export async function personaliseToken(token: Token, now: number, options: PersonaliseOptions): Promise<Enrolment> {
  const keys = bankKeys();
  let time = now * 1000;
  const sleep = async (ms: number) => {
    time += ms;
    token.advance({ ms });
  };
  const enrolment = await personalise(memoryTransport(token), keys, { ...options, clock: { now: () => time, sleep } });
  keys.close();
  return enrolment;
}

/** The seed of a credential of such a token. */
export function seedOf({ serial, credentials }: Enrolment, at: number): Uint8Array {
  const { slot, suite, sealedSeed } = credentials[at];
  return openSeed(ENROLMENT_KEY, enrolmentAad(serial, slot, suite), sealedSeed);
}
