/** What calls the routines of firmware/native/. A part of its own: it stays for as long as it computes, and what proved it goes. */
import type { Aes128Key, Hash } from "../../protocol/primitives.ts";
import type { PrimitiveName, Primitives } from "../hal/primitives.ts";
import { cipherOf, codeOf, MachineCode, type Routine, RoutineHash, WorkArea } from "./routine.ts";

export interface Machine {
  /** What the board computes with, to be filled. */
  readonly found: MachineCode;
  /** What the routines work on. */
  readonly area: WorkArea;
  codeOf(name: PrimitiveName): string | undefined;
  hash(call: Routine, blockLen: number, outputLen: number): Hash;
  aes128(call: Routine): Aes128Key;
}

/** @param from where in the file the first routine begins @param software what takes the place of one that is not there or broken; called only then */
export function machineCode(file: string, from: number, software: () => Primitives): Machine {
  const area = new WorkArea();
  return {
    found: new MachineCode(file, from, software),
    area: area,
    codeOf: function (name) {
      return codeOf(file, from, name);
    },
    hash: function (call, blockLen, outputLen) {
      return new RoutineHash(area, call, blockLen, outputLen);
    },
    aes128: function (call) {
      return cipherOf(area, call);
    },
  };
}
