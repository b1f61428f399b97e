import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSerialTransport } from "../../host-tools/device/serial-port.ts";
import { tokenInfo } from "../../host-tools/device/token.ts";
import { TOKEN_STATES } from "../../protocol/apdu/get-data.ts";
import { type Bank, openBank, PIN } from "../end-to-end/bank.ts";
import { interpreter } from "./interpreter.ts";
import { type LiveToken, liveToken } from "./live-token.ts";

const SERIAL = "OC-GENUINE-1";

// Reason to skip: the interpreter is the user's to supply; pico-keypad.test.ts says so in a line.
describe.skipIf(interpreter === undefined)("a token on a genuine Espruino", () => {
  let bank: Bank;
  let token: LiveToken;
  beforeAll(async () => {
    bank = await openBank();
    token = await liveToken("pico-keypad", SERIAL);
  });
  afterAll(async () => {
    await token.close();
    await bank.close();
  });

  test("is personalised through its serial port, takes a PIN, and its codes are accepted once", async () => {
    await token.shows(/Not personalised/);
    const transport = await openSerialTransport(token.path);
    try {
      expect(TOKEN_STATES[(await tokenInfo(transport)).state]).toBe("factory");
      await bank.provision(transport);
      expect(TOKEN_STATES[(await tokenInfo(transport)).state]).toBe("issued");
    } finally {
      await transport.close();
    }
    await token.shows(/Press OK to start/);
    token.press("OK", ...PIN, "OK", ...PIN, "OK");
    await token.shows(/PIN is set/);
    token.press("OK", ...PIN, "OK");
    await token.shows(/Choose a code/);
    token.press("1");
    const code = (await token.shows(/\d{4} \d{4}/)).replace(" ", "");
    expect(await bank.validate(SERIAL, code)).toBe("accepted");
    expect(await bank.validate(SERIAL, code)).toBe("refused");

    const payment = await bank.transaction(SERIAL);
    token.press("OFF", "OK", ...PIN, "OK");
    await token.shows(/Choose a code/);
    token.press("2", ...payment.challenge, "OK");
    await token.shows(/Account ends in/);
    token.press("OK");
    const answer = (await token.shows(/\d{4} \d{4}/)).replace(" ", "");
    expect(await bank.confirm(payment.id, answer)).toBe("accepted");
    expect(await bank.confirm(payment.id, answer)).toBe("refused");
  });
});
