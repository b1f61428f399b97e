/** The way to one token, whatever lies between: a serial port, a test's memory, a relay. */
export interface Transport {
  /**
   * Sends a command APDU and gives its response APDU, data and status word. Calls that overlap are carried out one after the other, in
   * the order of the calls.
   * @throws PortError
   */
  exchange(commandApdu: Uint8Array): Promise<Uint8Array>;
  /**
   * Ends the token's session and forgets the last response.
   * @throws PortError
   */
  reset(): Promise<void>;
  /** Gives the port back. What is under way fails with PortError `closed`. */
  close(): Promise<void>;
}
