/**
 * Chips on one of the RP2040's I2C controllers, with the time that a bus takes: nine bits a byte, at the clock that the firmware
 * configured. The library's own controller takes none, and nobody answers it.
 */
import { I2CMode, type RP2040 } from "rp2040js";
import type { I2cChip } from "../machine/i2c.ts";

type Controller = RP2040["i2c"][number];

/** Clock cycles for a byte and its acknowledgement. */
const BITS_A_BYTE = 9;
const NANOS_A_SECOND = 1e9;

export interface BusListener {
  /** A start condition. */
  started(): void;
  /** A stop condition, after which the chip has done what it was told. */
  stopped(): void;
}

/** Puts chips, by their 7-bit addresses, on a controller. */
export function attachChips(
  mcu: RP2040,
  controller: Controller,
  chips: ReadonlyMap<number, I2cChip>,
  listener: BusListener,
): void {
  let chip: I2cChip | undefined;
  /** Bytes of a write transfer; undefined outside of one. */
  let written: number[] | undefined;
  let finish = () => {};
  const alarm = mcu.clock.createAlarm(() => finish());
  /** Calls back after the time of a byte on the bus. */
  const afterByte = (done: () => void) => {
    const cyclesOfBit = controller.sclHighPeriod + controller.sclLowPeriod;
    finish = done;
    alarm.schedule((BITS_A_BYTE * cyclesOfBit * NANOS_A_SECOND) / mcu.clkSys);
  };
  /** A stop or a repeated start ends a write transfer: the chip gets it whole. */
  const deliver = () => {
    if (written !== undefined && written.length > 0) chip?.write(new Uint8Array(written));
    written = undefined;
  };

  controller.onStart = () => {
    deliver();
    listener.started();
    controller.completeStart();
  };
  controller.onConnect = (address, mode) =>
    afterByte(() => {
      chip = chips.get(address);
      written = mode === I2CMode.Read ? undefined : [];
      controller.completeConnect(chip !== undefined);
    });
  controller.onWriteByte = (value) =>
    afterByte(() => {
      written?.push(value);
      controller.completeWrite(true);
    });
  controller.onReadByte = () => afterByte(() => controller.completeRead(chip?.read(1)[0] ?? 0xff));
  controller.onStop = () => {
    deliver();
    listener.stopped();
    controller.completeStop();
  };
}
