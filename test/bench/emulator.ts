/** The fast engine: how quickly a token boots, and how many codes a second its customers could read. */
import { bootMilliseconds } from "../../emulator/testing/boot-cost.ts";
import { answerChallenge, memoryTransport, openBank, readTimeCode, setPin } from "../end-to-end/bank.ts";
import type { Row } from "./validations.ts";

/** Long enough for the engine to be warm, short enough to be patient with. */
const MEASURED_MS = 3000;

export async function benchEmulator(): Promise<Row[]> {
  const bank = await openBank();
  try {
    const token = await bank.token("OC-BENCH");
    await bank.provision(memoryTransport(token));
    await setPin(token);
    const { challenge } = await bank.transaction("OC-BENCH");
    const perSecond = async (read: () => Promise<string>) => {
      await read();
      const begun = performance.now();
      let codes = 0;
      for (; performance.now() - begun < MEASURED_MS; codes++) await read();
      return (codes * 1000) / (performance.now() - begun);
    };
    return [
      {
        name: "emulator: cold boot to first picture",
        value: await bootMilliseconds(),
        unit: "ms",
        note: "median of 21, installed flash",
      },
      {
        name: "emulator: time codes read by a customer",
        value: await perSecond(() => readTimeCode(token)),
        unit: "codes/s",
        note: "wake, PIN, menu, code, off: every key, pixel and flash write",
      },
      {
        name: "emulator: challenges answered by a customer",
        value: await perSecond(() => answerChallenge(token, challenge)),
        unit: "codes/s",
        note: "wake, PIN, menu, ten digits, confirm, code, off",
      },
    ];
  } finally {
    await bank.close();
  }
}
