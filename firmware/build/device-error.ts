/**
 * `Error` in a bundle. On Espruino a class that extends the built-in one cannot call `super(message)`, and `instanceof` says no; one that
 * extends a class of our own can. So one source of typed errors serves host and device.
 */
class DeviceError {
  message: string;

  constructor(message: string) {
    this.message = message;
  }
}

export { DeviceError as Error };
