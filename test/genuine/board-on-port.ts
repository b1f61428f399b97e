/** A simulated Pico on a USB cable: Espruino with whatever its flash holds, behind a serial port of this machine. */
import type { Manifest } from "../../emulator/machine/manifest.ts";
import { bootRom } from "../../emulator/mcu/boot-rom.ts";
import { RealTime } from "../../emulator/mcu/real-time.ts";
import { Rp2040Board } from "../../emulator/mcu/rp2040-board.ts";
import { type EmulatedPort, openPort } from "../../emulator/serial/port.ts";

/** From power to a console or a first picture, in milliseconds of the board's time. */
const BOOT_MS = 5000;

export class BoardOnPort {
  readonly board: Rp2040Board;
  readonly #manifest: Manifest;
  #time: RealTime | undefined;
  #port: EmulatedPort | undefined;

  /** @param flash the whole chip */
  constructor(manifest: Manifest, bootrom: Uint8Array, flash: Uint8Array) {
    this.#manifest = manifest;
    this.board = new Rp2040Board({ rom: bootRom(bootrom), flash, manifest, plugged: true });
  }

  /** The port to open. Without a cable there is none. */
  get path(): string {
    if (this.#port === undefined) throw new Error("the cable is not in");
    return this.#port.path;
  }

  /** The cable goes in: the board has power, and its time passes. */
  async plugIn(): Promise<string> {
    const { board } = this;
    const device = {
      manifest: this.#manifest,
      onTransmit: (_: string) => {},
      receive: (text: string) => board.receive(text),
    };
    board.onLine = (direction, text) => {
      if (direction === "to-host") device.onTransmit(text);
    };
    this.#port = await openPort(device);
    board.powerOn();
    this.#time = new RealTime(board);
    this.#time.speed = 1;
    return this.path;
  }

  /** Lets time pass until something is so. @throws Error when it is not within the time of a start */
  async until(done: () => boolean): Promise<void> {
    await this.#time?.run(BOOT_MS, done);
    if (!done()) throw new Error(`it did not happen within ${BOOT_MS} ms of the board's time`);
  }

  /** The cable goes out, and with it power and port. */
  async pull(): Promise<void> {
    this.#time?.close();
    this.board.powerOff();
    await this.#port?.close();
    this.#time = undefined;
    this.#port = undefined;
  }
}
