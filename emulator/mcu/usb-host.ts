/**
 * The computer on the other end of the USB cable, as far as a serial line needs it. The library enumerates the device; but its own line
 * answers each armed OUT endpoint with an empty packet at once, which the device's USB stack handles before it does anything else, for
 * ever. A real host leaves the endpoint armed until there is something to send: so does this one.
 *
 * The cable is always in. The port is opened (DTR, as a program on a computer sets it) with the first byte, and closed when the line has
 * been quiet for a while and the interpreter is idle: Espruino does not sleep as long as somebody has the port open, what it writes to a
 * closed port is lost, and a processor that sleeps costs no time to simulate.
 */
import { createSetupPacket, DataDirection, type RP2040, SetupRecipient, SetupType, USBCDC } from "rp2040js";

const PACKET = 64;
/** A packet of 64 bytes and its handshake at 12 Mbit/s, in microseconds. */
const PACKET_MICROSECONDS = 50;
const CONTROL_ENDPOINT = 0;
/** USB CDC PSTN 1.2, 6.3.12: the request, and its bits DTR and RTS. */
const SET_CONTROL_LINE_STATE = 0x22;
const TERMINAL_READY = 0b11;
/** How long the line is quiet before the port is closed, in nanoseconds. */
const QUIET_NANOS = 50e6;

export class UsbHost {
  readonly #usb: RP2040["usbCtrl"];
  /** Bytes for the device that no packet has taken yet. */
  #queue = "";
  #armed: { endpoint: number; size: number } | undefined;
  /** The device is enumerated. */
  #connected = false;
  /** What the device was last told about the port, and whether it has acknowledged that. */
  #told = true;
  #acknowledged = false;
  #open = false;
  readonly #quiet: { schedule(nanos: number): void };

  /**
   * @param idle whether the interpreter has nothing to do
   * @param received takes what the device sends, one character a byte
   */
  constructor(mcu: RP2040, idle: () => boolean, received: (text: string) => void) {
    this.#usb = mcu.usbCtrl;
    this.#quiet = mcu.clock.createAlarm(() => {
      if (this.#queue !== "" || !idle()) return this.#stayOpen();
      this.#open = false;
      this.#tell();
    });
    const line = new USBCDC(this.#usb);
    line.onSerialData = (bytes) => {
      if (bytes.length === 0) return;
      if (this.#open) this.#stayOpen();
      received(Buffer.from(bytes).toString("latin1"));
    };
    // Called when the library has told the device that its port is open.
    line.onDeviceConnected = () => {
      this.#connected = true;
    };
    const written = this.#usb.onEndpointWrite;
    this.#usb.onEndpointWrite = (endpoint, buffer) => {
      const connected = this.#connected;
      written?.(endpoint, buffer);
      if (endpoint !== CONTROL_ENDPOINT || buffer.length > 0 || !connected) return;
      this.#acknowledged = true;
      this.#tell();
      this.#transfer();
    };
    this.#usb.onEndpointRead = (endpoint, size) => {
      if (endpoint === CONTROL_ENDPOINT) return;
      this.#armed = { endpoint, size };
      this.#transfer();
    };
  }

  /** Bytes for the device that it has not taken yet. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Sends bytes, one character each, as fast as the device takes them. */
  send(text: string): void {
    this.#queue += text;
    this.#stayOpen();
    this.#tell();
    this.#transfer();
  }

  #stayOpen(): void {
    this.#open = true;
    this.#quiet.schedule(QUIET_NANOS);
  }

  #tell(): void {
    if (!this.#acknowledged || this.#told === this.#open) return;
    this.#told = this.#open;
    this.#acknowledged = false;
    this.#usb.sendSetupPacket(
      createSetupPacket({
        dataDirection: DataDirection.HostToDevice,
        type: SetupType.Class,
        recipient: SetupRecipient.Device,
        bRequest: SET_CONTROL_LINE_STATE,
        wValue: this.#open ? TERMINAL_READY : 0,
        wIndex: 0,
        wLength: 0,
      }),
    );
  }

  #transfer(): void {
    if (this.#armed === undefined || this.#queue === "" || !this.#acknowledged || !this.#told) return;
    const { endpoint, size } = this.#armed;
    const length = Math.min(size, PACKET);
    this.#armed = undefined;
    const packet = Buffer.from(this.#queue.slice(0, length), "latin1");
    this.#queue = this.#queue.slice(length);
    this.#usb.endpointReadDone(endpoint, packet, PACKET_MICROSECONDS);
  }
}
