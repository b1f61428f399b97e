/**
 * The computer on the other end of the USB cable, as far as a serial line needs it. The library enumerates the device; but its own line
 * answers each armed OUT endpoint with an empty packet at once, which the device's USB stack handles before it does anything else, for
 * ever. A real host leaves the endpoint armed until there is something to send: so does this one.
 *
 * A token lives on its battery, so the cable is in only while somebody talks: it is plugged in with the first byte. When what was said
 * has been answered, or never will be, the port is closed (DTR, as a program on a computer sets it), and later the cable is taken out.
 * Espruino does not sleep while a port is open, and only a processor that sleeps costs no time to simulate; but what it writes to a
 * closed port is lost.
 */
import { createSetupPacket, DataDirection, type RP2040, SetupRecipient, SetupType, USBCDC } from "rp2040js";

/** High while the USB cable brings power; Espruino's console leaves USB without it. */
const VBUS_PIN = 24;
const PACKET = 64;
/** A packet of 64 bytes and its handshake at 12 Mbit/s, in microseconds. */
const PACKET_MICROSECONDS = 50;
const CONTROL_ENDPOINT = 0;
/** USB CDC PSTN 1.2, 6.3.12: the request, and its bits DTR and RTS. */
const SET_CONTROL_LINE_STATE = 0x22;
const TERMINAL_READY = 0b11;
/** How long the line is quiet after an answer before the port is closed, how long an answer may take, in nanoseconds. */
const CLOSE_NANOS = 50e6;
const ANSWER_NANOS = 5e9;
/** How long the port is closed before the cable is taken out. */
const UNPLUG_NANOS = 2e9;

export class UsbHost {
  /** The cable stays in once it is, and the port open. */
  stay = false;
  /** The cable stays in once it is, though the port is closed. */
  cableStays = false;
  /** Called when the last byte that waits for the device goes to it. */
  onSent: () => void = () => {};
  #onTaken: (() => void)[] = [];
  readonly #mcu: RP2040;
  readonly #received: (text: string) => void;
  readonly #quiet: { schedule(nanos: number): void };
  /** The device has asked for USB. */
  #attached = false;
  #plugged = false;
  /** Bytes for the device that no packet has taken yet. */
  #queue = "";
  #armed: { endpoint: number; size: number } | undefined;
  #enumerated = false;
  /** Whether a program has the port open, what the device was last told about that, and whether it has acknowledged it. */
  #open = false;
  #told = false;
  #acknowledged = false;

  /** @param received takes what the device sends, one character a byte */
  constructor(mcu: RP2040, received: (text: string) => void) {
    this.#mcu = mcu;
    this.#received = received;
    this.#quiet = mcu.clock.createAlarm(() => {
      if (this.stay) return;
      if (this.#open) this.#close();
      else if (!this.cableStays) this.#unplug();
    });
    mcu.usbCtrl.onUSBEnabled = () => {
      this.#attached = true;
      if (this.#plugged) this.#enumerate();
    };
  }

  /** True while the cable is in. */
  get plugged(): boolean {
    return this.#plugged;
  }

  /** True while a program has the port open. */
  get open(): boolean {
    return this.#open;
  }

  /** Sends bytes, one character each, as fast as the device takes them. */
  send(text: string): void {
    this.#queue += text;
    this.plug();
    this.#open = true;
    this.#quiet.schedule(ANSWER_NANOS);
    this.#tell();
    this.#transfer();
  }

  /** Fulfilled when the device has taken all bytes, or none for so long that the port was closed, or has no power. */
  taken(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#queue === "" || !this.#open) resolve();
      else this.#onTaken.push(resolve);
    });
  }

  /** The device has lost its power. */
  end(): void {
    this.#tellTaken();
  }

  plug(): void {
    if (this.#plugged) return;
    this.#plugged = true;
    this.#mcu.gpio[VBUS_PIN].setInputValue(true);
    if (this.#attached) this.#enumerate();
  }

  #close(): void {
    this.#open = false;
    this.#tell();
    this.#tellTaken();
    this.#quiet.schedule(UNPLUG_NANOS);
  }

  #unplug(): void {
    this.#plugged = false;
    this.#enumerated = false;
    this.#acknowledged = false;
    this.#armed = undefined;
    const { usbCtrl } = this.#mcu;
    usbCtrl.onEndpointWrite = undefined;
    usbCtrl.onEndpointRead = undefined;
    usbCtrl.onResetReceived = undefined;
    this.#mcu.gpio[VBUS_PIN].setInputValue(false);
  }

  /** The device gets an address and a configuration, and a line whose port is open: so the library does it. */
  #enumerate(): void {
    const { usbCtrl } = this.#mcu;
    const enabled = usbCtrl.onUSBEnabled;
    const line = new USBCDC(usbCtrl);
    usbCtrl.onUSBEnabled = enabled;
    line.onSerialData = (bytes) => {
      if (bytes.length === 0) return;
      if (this.#open) this.#quiet.schedule(this.#queue === "" ? CLOSE_NANOS : ANSWER_NANOS);
      this.#received(Buffer.from(bytes).toString("latin1"));
    };
    line.onDeviceConnected = () => {
      this.#enumerated = true;
      this.#told = true;
    };
    const written = usbCtrl.onEndpointWrite;
    usbCtrl.onEndpointWrite = (endpoint, buffer) => {
      const enumerated = this.#enumerated;
      written?.(endpoint, buffer);
      if (endpoint !== CONTROL_ENDPOINT || buffer.length > 0 || !enumerated) return;
      this.#acknowledged = true;
      this.#tell();
      this.#transfer();
    };
    usbCtrl.onEndpointRead = (endpoint, size) => {
      if (endpoint === CONTROL_ENDPOINT) return;
      this.#armed = { endpoint, size };
      this.#transfer();
    };
    usbCtrl.resetDevice();
  }

  #tell(): void {
    if (!this.#acknowledged || this.#told === this.#open) return;
    this.#told = this.#open;
    this.#acknowledged = false;
    this.#mcu.usbCtrl.sendSetupPacket(
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
    this.#mcu.usbCtrl.endpointReadDone(endpoint, packet, PACKET_MICROSECONDS);
    // Its answer may come after the last of it.
    this.#quiet.schedule(ANSWER_NANOS);
    if (this.#queue !== "") return;
    this.onSent();
    this.#tellTaken();
  }

  #tellTaken(): void {
    for (const told of this.#onTaken.splice(0)) told();
  }
}
