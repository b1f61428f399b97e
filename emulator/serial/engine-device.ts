/** An engine as what stands behind a port: with the faults of its line, which a port of its own would go past. */
import { type Engine, EngineError } from "../engine.ts";
import type { PortDevice } from "./port.ts";

/**
 * What a host sends to a token without power is lost, as on a cable.
 * @param onError told of what else the engine refuses, or the firmware throws, of a host's bytes
 */
export function engineDevice(engine: Engine, onError: (error: unknown) => void): PortDevice {
  const device: PortDevice = {
    manifest: engine.manifest,
    onTransmit: () => {},
    receive: (text) =>
      engine.send(text).catch((error: unknown) => {
        if (!(error instanceof EngineError && error.fault === "no-power")) onError(error);
      }),
  };
  engine.onSerial((direction, text) => {
    if (direction === "to-host") device.onTransmit(text);
  });
  return device;
}
