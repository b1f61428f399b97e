/** An engine as what stands behind a port: with the faults of its line, which a port of its own would go past. */
import type { Engine } from "../engine.ts";
import type { PortDevice } from "./port.ts";

/** @param onError told of what the engine refuses, or the firmware throws, of a host's bytes */
export function engineDevice(engine: Engine, onError: (error: unknown) => void): PortDevice {
  const device: PortDevice = {
    manifest: engine.manifest,
    onTransmit: () => {},
    receive: (text) => void engine.send(text).catch(onError),
  };
  engine.onSerial((direction, text) => {
    if (direction === "to-host") device.onTransmit(text);
  });
  return device;
}
