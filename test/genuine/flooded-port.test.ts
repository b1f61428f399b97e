/** A program that writes to a token's port without end, and is killed: it had to wait for the token, and leaves it little to do. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Engine } from "../../emulator/engine.ts";
import { EspruinoEngine } from "../../emulator/espruino/espruino-engine.ts";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { engineDevice } from "../../emulator/serial/engine-device.ts";
import { openPort } from "../../emulator/serial/port.ts";
import { openSerialTransport } from "../../host-tools/device/serial-port.ts";
import { tokenInfo } from "../../host-tools/device/token.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { builtBundle } from "../end-to-end/bank.ts";
import { interpreter } from "./interpreter.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

const SERIAL = "OC-FLOODED-1";
const install = { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) };

async function expectAnswerAfterFlood(engine: Engine): Promise<void> {
  const port = await openPort(engineDevice(engine, (error) => expect.fail(String(error))));
  try {
    const flood = spawn("sh", ["-c", 'exec yes >"$1"', "sh", port.path]);
    await sleep(1500);
    flood.kill("SIGKILL");
    await once(flood, "close");
    const transport = await openSerialTransport(port.path, { timeoutMs: 8000 });
    try {
      expect(await tokenInfo(transport)).toMatchObject({ serial: SERIAL });
    } finally {
      await transport.close();
    }
  } finally {
    await port.close();
    await engine.close();
  }
}

describe("the next host is answered", { timeout: 300_000 }, () => {
  // Reason to skip: the interpreter is the user's to supply; pico-keypad.test.ts says so in a line.
  test.skipIf(interpreter === undefined)("on a genuine Espruino", async () => {
    await expectAnswerAfterFlood(
      await EspruinoEngine.boot({ ...(await builtBundle()), install, espruino: interpreter as string }),
    );
  });

  // Reason to skip: image and boot ROM are the user's to supply; mcu.test.ts says so in a line.
  test.skipIf(!rp2040Supplied)("on a simulated RP2040", async () => {
    await expectAnswerAfterFlood(
      await McuEngine.boot({ ...(await builtBundle()), ...(await rp2040Files()), install, speed: 1 }),
    );
  });
});

// Reason to skip: the interpreter is the user's to supply; pico-keypad.test.ts says so in a line.
test.skipIf(interpreter === undefined)(
  "who sends to a genuine Espruino waits for it, and more than can wait is refused",
  async () => {
    const engine = await EspruinoEngine.boot({ ...(await builtBundle()), install, espruino: interpreter as string });
    try {
      const send = () => engine.send("y".repeat(65_536));
      for (let i = 0; i < 3; i++) await send();
      const sent = Promise.allSettled(Array.from({ length: 30 }, send));
      await engine.powerOff();
      const refused = (await sent).filter((outcome) => outcome.status === "rejected");
      expect(refused.length).toBeGreaterThanOrEqual(30 - 18);
      for (const { reason } of refused)
        expect(reason).toMatchObject({ fault: "conflict", message: expect.stringContaining("a mebibyte") });
      await engine.powerOn();
      await send();
    } finally {
      await engine.close();
    }
  },
);
