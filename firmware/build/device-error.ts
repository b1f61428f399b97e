/**
 * `Error` and its kin in a bundle. On Espruino a class that extends the built-in one cannot call `super(message)`, and `instanceof` says
 * no; one that extends a class of our own can. So one source of typed errors serves host and device. RangeError it does not have at all.
 */
class DeviceError {
  name: string;
  message: string;

  constructor(message: string) {
    this.name = "Error";
    this.message = message;
  }
}

class DeviceRangeError extends DeviceError {
  constructor(message: string) {
    super(message);
    this.name = "RangeError";
  }
}

class DeviceTypeError extends DeviceError {
  constructor(message: string) {
    super(message);
    this.name = "TypeError";
  }
}

export { DeviceError as Error, DeviceRangeError as RangeError, DeviceTypeError as TypeError };
