/** What a board of class O does not hold: whoever puts an old flash back has its tries and its clock's mark back. See firmware/SECURITY.md. */
import { expect, test } from "vitest";
import { bootToken, type Token } from "../../emulator/testing/token.ts";
import { issuedFlash, PIN } from "./bank.ts";

const WRONG = ["918273", "604829", "371940", "150286", "829461", "730518"];
const NOW = 1_800_000_000;
const DAY = 86_400;

const boot = (flash: Uint8Array, unixTime = NOW) => bootToken({ port: false, flash, unixTime });
const ask = (token: Token) => {
  token.press("OFF", "OK", ...PIN, "OK", "1");
  return token.text();
};

test("on class O a flash that is put back brings the tries back, as often as one likes", async () => {
  const flash = await issuedFlash("OC-BACK-0001");
  for (let round = 0; round < 2; round++) {
    await using token = await boot(flash, NOW + 200 * DAY);
    token.press("OK");
    for (let tries = 0; !token.text().includes("locked"); tries++) {
      expect(tries).toBeLessThan(30);
      token.press("OFF", "OK", ...WRONG[tries % WRONG.length], "OK");
    }
    expect(token.text()).toContain("Token is locked");
    token.machine.powerOff();
    token.powerOn();
    expect(token.text()).toContain("Token is locked");
  }
  await using again = await boot(flash, NOW + 200 * DAY);
  expect(ask(again)).toMatch(/\d{4} \d{4}/);
});

test("on class O a code of the future goes unnoticed when the flash is put back after it", async () => {
  const flash = await issuedFlash("OC-BACK-0002");
  await using thief = await boot(flash, NOW + 400 * DAY);
  expect(ask(thief)).toMatch(/\d{4} \d{4}/);
  // Without the flash the customer would be told.
  thief.machine.clock.setTime(NOW + 200 * DAY);
  expect(ask(thief)).toContain("The clock was changed");
  await using customer = await boot(flash, NOW + 200 * DAY);
  expect(ask(customer)).toMatch(/\d{4} \d{4}/);
});
