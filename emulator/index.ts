/** `ochre-token/emulator`: a token without the hardware. */
export { connectRemoteEngine, type RemoteEngine } from "./api/remote-engine.ts";
export { type ApiServer, startApi } from "./api/server.ts";
export { readBuilt } from "./built.ts";
export * from "./engine.ts";
export { type EspruinoBootOptions, EspruinoEngine } from "./espruino/espruino-engine.ts";
export { type FastBootOptions, FastEngine } from "./fast/fast-engine.ts";
export { ListenerError, type OnListenerError } from "./listeners.ts";
export { type Installation, Machine, type MachineOptions } from "./machine/machine.ts";
export type { FontDescription, Manifest } from "./machine/manifest.ts";
export { type McuBootOptions, McuEngine } from "./mcu/mcu-engine.ts";
export { type ProfileOptions, type ProfileRow, profileStory } from "./mcu/profile.ts";
export { blockPicture } from "./picture.ts";
export {
  type RecordedStep,
  type Recording,
  RecordingEngine,
  RecordingMismatch,
  screenLines,
} from "./recording.ts";
export { type RunningMachine, type RunOptions, run } from "./run.ts";
export { type ScreenLine, ScreenReader } from "./screen-reader.ts";
export { engineDevice } from "./serial/engine-device.ts";
export { type EmulatedPort, openPort, type PortDevice, type PortOptions } from "./serial/port.ts";
