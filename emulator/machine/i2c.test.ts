import { expect, test } from "vitest";
import { evaluated, smallMachine } from "../testing/small-bundle.ts";

test("a transfer before setup, to nobody, or too long for the interpreter's patience fails in Espruino's words", () => {
  expect(() => evaluated("I2C1.writeTo(0x3c, 0)")).toThrow("I2C1 not initialised");
  expect(() => evaluated("(I2C1.setup({ bitrate: 400000 }), I2C1.writeTo(0x3d, 0))")).toThrow(
    "jshI2CWrite: I2C I/O error",
  );
  expect(() => evaluated("(I2C1.setup({ bitrate: 400000 }), I2C1.readFrom(0x3d, 1))")).toThrow(
    "jshI2CRead: I2C I/O error",
  );
  const frame = "I2C1.writeTo(0x3c, 0x40, new Uint8Array(1024))";
  expect(() => evaluated(`(I2C1.setup({ bitrate: 100000 }), ${frame})`)).toThrow("jshI2CWrite: timeout");
  expect(evaluated(`(I2C1.setup({ bitrate: 400000 }), ${frame})`)).toBeUndefined();
  expect(() => evaluated("I2C1.setup({ bitrate: 10 })")).toThrow("Invalid I2C bitrate");
});

test("a chip that is taken off the bus answers no more", () => {
  const machine = smallMachine({
    start: "I2C1.setup({}); setInterval(function () { I2C1.writeTo(0x68, 0); }, 10);",
  });
  machine.advance(10);
  machine.i2c.detach(0x68);
  expect(() => machine.advance(10)).toThrow("I2C I/O error");
});
