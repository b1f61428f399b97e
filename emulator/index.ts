/** `ochre-token/emulator`: a token without the hardware. */
export { readBuilt } from "./built.ts";
export * from "./engine.ts";
export { type FastBootOptions, FastEngine } from "./fast/fast-engine.ts";
export { type Installation, Machine, type MachineOptions } from "./machine/machine.ts";
export type { FontDescription, Manifest } from "./machine/manifest.ts";
export { blockPicture } from "./picture.ts";
export { type RunningMachine, type RunOptions, run } from "./run.ts";
export { type ScreenLine, ScreenReader } from "./screen-reader.ts";
export { openPort } from "./serial/port.ts";
