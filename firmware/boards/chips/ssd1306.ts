/** SSD1306, a monochrome OLED controller of 128 x 64 on I2C (Solomon Systech data sheet, rev 1.1). */
import type { Display } from "../../hal/board.ts";
import type { I2cBus } from "./i2c.ts";

const WIDTH = 128;
const HEIGHT = 64;
/** Control bytes: all that follows is commands, or all that follows is display data. */
const COMMANDS = 0x00;
const DATA = 0x40;

/** The display at an address of a bus, initialised and dark. */
export function ssd1306(bus: I2cBus, address: number): Display {
  // Off; clock divider; multiplex 64; no offset; start line 0; charge pump on; horizontal addressing; columns and rows mirrored as the
  // usual modules are mounted; COM pins; contrast; pre-charge; VCOMH; show RAM; not inverted. Not in a variable, which would stay.
  bus.writeTo(address, [
    COMMANDS,
    0xae,
    0xd5,
    0x80,
    0xa8,
    0x3f,
    0xd3,
    0x00,
    0x40,
    0x8d,
    0x14,
    0x20,
    0x00,
    0xa1,
    0xc8,
    0xda,
    0x12,
    0x81,
    0xcf,
    0xd9,
    0xf1,
    0xdb,
    0x40,
    0xa4,
    0xa6,
  ]);
  return {
    width: WIDTH,
    height: HEIGHT,
    on: function () {
      bus.writeTo(address, [COMMANDS, 0xaf]);
    },
    off: function () {
      bus.writeTo(address, [COMMANDS, 0xae]);
    },
    show: function (buffer, first, last) {
      bus.writeTo(address, [COMMANDS, 0x21, 0, WIDTH - 1, 0x22, first, last]);
      bus.writeTo(address, DATA, buffer.subarray(first * WIDTH, (last + 1) * WIDTH));
    },
  };
}
