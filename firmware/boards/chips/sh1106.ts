/**
 * SH1106, a monochrome OLED controller on I2C (Sino Wealth data sheet, rev 2.2). Its picture memory has 132 columns, of which a panel of
 * 128 shows the middle ones, and each page is addressed by itself.
 */
import type { Display } from "../../hal/board.ts";
import type { I2cBus } from "./i2c.ts";

const WIDTH = 128;
const HEIGHT = 64;
/** Columns of the memory to the left of the panel. */
const LEFT = 2;
/** Control bytes: all that follows is commands; one command follows, and another control byte; all that follows is display data. */
const COMMANDS = 0x00;
const COMMAND = 0x80;
const DATA = 0x40;

/** The display at an address of a bus, initialised and dark. */
export function sh1106(bus: I2cBus, address: number): Display {
  // Off; clock divider; multiplex 64; no offset; start line 0; converter on, at 8 V; columns and rows mirrored as the usual modules are
  // mounted; COM pins; contrast; pre-charge; VCOM; show RAM; not inverted. Not in a variable, which would stay.
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
    0xad,
    0x8b,
    0x32,
    0xa1,
    0xc8,
    0xda,
    0x12,
    0x81,
    0xcf,
    0xd9,
    0x22,
    0xdb,
    0x35,
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
      const end = (last + 1) * WIDTH;
      const place = [COMMAND, 0xb0 | first, COMMAND, LEFT, COMMAND, 0x10, DATA];
      for (let at = first * WIDTH; at < end; at += WIDTH) {
        bus.writeTo(address, place, buffer.subarray(at, at + WIDTH));
        place[1]++;
      }
    },
  };
}
