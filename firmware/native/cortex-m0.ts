/** Runs the routines on rp2040js's Cortex-M0+: the bytes that a board runs, without a board. */
import { RP2040 } from "rp2040js";

export const FLASH = 0x10000000;
const RAM = 0x20000000;
const STACK_TOP = 0x20040000;
/** Where a routine returns to: nothing is there. */
const RETURN = 0x2003fff0;
/** More than the longest computation that a test asks for. */
const INSTRUCTION_LIMIT = 1_000_000_000;
/** What the stack is filled with before a call. */
const UNTOUCHED = 0xc5;
const STACK_FILLED = 4096;

/** How rp2040js's core reaches memory, for instructions too. */
const ACCESSES = ["readUint32", "readUint16", "readUint8", "writeUint32", "writeUint16", "writeUint8"] as const;

export interface Called {
  instructions: number;
  cycles: number;
  /** Bytes of stack that the call changed or kept. */
  stackBytes: number;
}

export class CortexM0 {
  readonly #mcu = new RP2040();

  constructor() {
    const refuse = (component: string, message: string) => {
      throw new Error(`${component}: ${message}`);
    };
    this.#mcu.logger = { debug: () => {}, info: () => {}, warn: refuse, error: refuse };
  }

  /** `length` bytes of flash or RAM, as they are and will be. */
  memory(address: number, length: number): Uint8Array {
    const [bank, base] = address >= RAM ? [this.#mcu.sram, RAM] : [this.#mcu.flash, FLASH];
    return bank.subarray(address - base, address - base + length);
  }

  /** The stack below the caller's. */
  stack(): Uint8Array {
    return this.memory(STACK_TOP - STACK_FILLED, STACK_FILLED);
  }

  /** Calls the routine at an address as the procedure call standard for ARM has it, with up to four arguments. */
  call(address: number, ...args: number[]): Called {
    const { core } = this.#mcu;
    const { registers } = core;
    const stack = this.stack().fill(UNTOUCHED);
    for (let i = 0; i < 13; i++) registers[i] = args[i] ?? 0xdead0000 + i;
    const kept = registers.slice(4, 12);
    core.SP = STACK_TOP;
    core.LR = RETURN | 1;
    core.PC = address;
    let instructions = 0;
    let cycles = 0;
    while (core.PC !== RETURN) {
      cycles += core.executeInstruction();
      if (++instructions > INSTRUCTION_LIMIT) throw new Error("the routine does not return");
    }
    if (core.SP !== STACK_TOP) throw new Error("the routine returned with another stack pointer");
    if (registers.slice(4, 12).some((value, i) => value !== kept[i]))
      throw new Error("a register of the caller's is lost");
    const touched = stack.findIndex((byte) => byte !== UNTOUCHED);
    return { instructions, cycles, stackBytes: touched < 0 ? 0 : STACK_FILLED - touched };
  }

  /** `call`, and each place that the processor fetches, reads or writes meanwhile, in order: its address, and what was done there. */
  traced(address: number, ...args: number[]): string[] {
    const mcu = this.#mcu as unknown as Record<string, unknown>;
    const accesses: string[] = [];
    for (const name of ACCESSES) {
      const original = this.#mcu[name] as (at: number, value?: number) => number;
      mcu[name] = (at: number, value?: number) => {
        accesses.push(`${name} ${at.toString(16)}`);
        return original.call(this.#mcu, at, value);
      };
    }
    try {
      this.call(address, ...args);
    } finally {
      for (const name of ACCESSES) delete mcu[name];
    }
    return accesses;
  }

  /** The registers that a routine need not keep: r0 to r3 and r12. */
  scratchRegisters(): number[] {
    return [0, 1, 2, 3, 12].map((i) => this.#mcu.core.registers[i]);
  }
}
