/** The part of Espruino's `I2C` that the chips' drivers use. */
export interface I2cBus {
  /** One transfer of all the data. */
  writeTo(address: number, ...data: (number | number[] | Uint8Array)[]): void;
  readFrom(address: number, length: number): Uint8Array;
}
