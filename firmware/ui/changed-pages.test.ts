/** What goes over the bus to the display: the pages that a step of the customer's changes, not the whole picture. */
import { expect, test } from "vitest";
import type { Oled } from "../../emulator/machine/oled.ts";
import { bootToken, type Token } from "../../emulator/testing/token.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { personaliseToken } from "../../test/end-to-end/personalised.ts";
import { display } from "../boards/pico-keypad/wiring.ts";

const SERIAL = "OC-PAGES-0001";
const PIN = "274913";
const NOW = 1_800_000_005;
/** Address, control byte and the six of a command that says where the pages lie; then address and control byte again. */
const BEFORE_PAGES = 10;
/** The display off or on: address, control byte, command. */
const SWITCH = 3;
const page = (count: number) => count * display.width;

/** Bytes to the display's address, the address among them, in each transfer of a step. */
function countBytes({ machine }: Token): (step: () => void) => number {
  let bytes = 0;
  const panel = machine.display as Oled;
  machine.i2c.attach(display.address, {
    write(data) {
      bytes += 1 + data.length;
      panel.write(data);
    },
    read: (length) => panel.read(length),
  });
  return (step) => {
    bytes = 0;
    step();
    return bytes;
  };
}

test("a step sends the pages that it changes, and a screen leaves out those that were dark and stay so", async () => {
  const install = { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) };
  await using token = await bootToken({ port: false, unixTime: NOW, install });
  await personaliseToken(token, NOW, {});
  token.press("OK", ...PIN, "OK", ...PIN, "OK", "OK", "OFF");
  const bytesOf = countBytes(token);
  token.press("OK");
  const press = (key: string) => bytesOf(() => token.press(key));
  // The digits' line; with the sixth also the line that says what may be done.
  for (const digit of PIN.slice(0, 5)) expect(press(digit)).toBe(BEFORE_PAGES + page(2));
  expect(press(PIN[5])).toBe(2 * BEFORE_PAGES + page(4));
  // "One moment" on the lowest line, then the menu.
  expect(press("OK")).toBe(2 * BEFORE_PAGES + page(2) + page(8));
  expect(press("1")).toBe(2 * BEFORE_PAGES + page(2) + page(8));
  // The bar under a code, each second.
  expect(bytesOf(() => token.advance({ seconds: 1 }))).toBe(BEFORE_PAGES + page(1));
  // Dark again: title, digits and bar. Then what asks for the PIN: title, places and hint, with a dark page between them.
  expect(press("OFF")).toBe(SWITCH + 3 * BEFORE_PAGES + page(6));
  expect(press("OK")).toBe(SWITCH + 3 * BEFORE_PAGES + page(6));
});

test("the first picture after power on covers all that the display's memory may hold", async () => {
  await using token = await bootToken({ port: false, unixTime: NOW });
  const bytesOf = countBytes(token);
  expect(
    bytesOf(() => {
      token.powerOff();
      token.powerOn();
    }),
  ).toBeGreaterThan(page(8));
});
