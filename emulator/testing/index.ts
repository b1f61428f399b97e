/** `ochre-token/testing`: a token for tests, and what can be claimed about its screen. */
export type { Installation } from "../machine/machine.ts";
export { assertScreen, assertShows } from "./assertions.ts";
export { type Capture, codeOf, linesOf, pictureOf, type Shown } from "./capture.ts";
export { type BootEngineOptions, bootEngine, type TestEngine } from "./engine.ts";
export type { Area, Masking } from "./golden.ts";
export { type CodeOptions, type ScreenMatchers, screenMatchers } from "./matchers.ts";
export { type BootOptions, bootToken, type Duration, fixtureInstallation, Token } from "./token.ts";
export { keysFor } from "./typed-keys.ts";
