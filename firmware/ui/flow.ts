/** A way through several screens that few customers take often: loaded when it is begun, dropped at its end. */
import type { Credential } from "../core/credential.ts";
import type { BankOrder } from "../core/order-port.ts";
import type { Token } from "../core/token.ts";
import type { Key, Sound, Timers } from "../hal/board.ts";
import type { Face } from "./face.ts";
import type { Voice } from "./voice.part.ts";

export interface Flow {
  /** Draws the present screen into the canvas, which is clear; the face sends it. */
  draw(): void;
  /** A key other than OFF. */
  key(key: Key): void;
  /** Overwrites what is secret. Called at the end, however it comes: auto-off, OFF, a change of the token's memory. */
  forget(): void;
}

/**
 * The flows of a board's customer, and what else the face does not need for the codes of every day. A bundle has those that its `main.ts`
 * names. Those that are optional are begun by what only a personalisation brings: a board leaves them out whose tokens never get it.
 */
export interface Flows {
  /** @param change the present PIN is asked for first @param code the activation code, in place of a present PIN */
  newPin(face: Face, change: boolean, code?: Uint8Array): Flow;
  settings(face: Face): Flow;
  /** For an activation code that is awaited, and for an unlock key. */
  readonly bankCode?: (face: Face) => Flow;
  readonly challenge?: (face: Face, credential: Credential) => Flow;
  readonly sign?: (face: Face, credential: Credential) => Flow;
  readonly verifyBank?: (face: Face, credential: Credential) => Flow;
  /** While a host replaces the firmware. */
  readonly updating?: (face: Face) => Flow;
  /** For an order key; undefined for an order that can't be shown. */
  readonly connectedOrder?: (face: Face, order: BankOrder) => Flow | undefined;
  /** For credentials by time: two lines that say why the clock is not believed. */
  readonly clockTrouble?: (token: Token) => string[];
  /** For the accessible mode of a board that can be heard. */
  readonly voice?: (sound: Sound, timers: Timers) => Voice;
}
