/**
 * `Error` and its kin in a bundle: one class. On Espruino a class that extends the built-in one cannot call `super(message)`, and
 * `instanceof` says no; one that extends a class of our own can. So one source of typed errors serves host and device. RangeError it does
 * not have at all, and nobody there asks what kind of error a wrong argument was.
 */
class DeviceError {
  message: string;

  constructor(message: string) {
    this.message = message;
  }
}

export { DeviceError as Error, DeviceError as RangeError, DeviceError as TypeError };
