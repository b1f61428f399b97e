/**
 * What the instructions do that firmware mostly consists of, and what they cost: each is decoded by one jump and reaches RAM and flash
 * directly, several times faster than the library's own interpreter. Everything else (peripherals, exceptions, rare instructions,
 * addresses that are not aligned) is left to the library, and so is what each instruction means and costs: a test runs both side by side.
 *
 * ARMv6-M Architecture Reference Manual (ARM DDI 0419), A5 and A6; the names of the cases are its.
 */
import type { RP2040 } from "rp2040js";

type Core = RP2040["core"];

const FLASH_START = 0x10000000;
const RAM_START = 0x20000000;
const RAM_END = RAM_START + 264 * 1024;
/** The flash without its aliases of other cache policies. */
const FLASH_END = 0x11000000;
const ROM_LENGTH = 0x4000;
const SP = 13;
const LR = 14;
const PC = 15;

export class Thumb {
  readonly #core: Core;
  /** Signed, like all words here: what fits 32 bits with a sign, the engine under us keeps in a register. */
  readonly #registers: Int32Array;
  readonly #rom: Uint16Array;
  readonly #flash8: Uint8Array;
  readonly #flash16: Uint16Array;
  readonly #flash32: Int32Array;
  readonly #ram8: Uint8Array;
  readonly #ram16: Uint16Array;
  readonly #ram32: Int32Array;

  constructor(mcu: RP2040) {
    this.#core = mcu.core;
    this.#registers = new Int32Array(mcu.core.registers.buffer);
    this.#rom = new Uint16Array(mcu.bootrom.buffer);
    this.#flash8 = mcu.flash;
    this.#flash16 = new Uint16Array(mcu.flash.buffer);
    this.#flash32 = new Int32Array(mcu.flash.buffer);
    this.#ram8 = mcu.sram;
    this.#ram16 = new Uint16Array(mcu.sram.buffer);
    this.#ram32 = new Int32Array(mcu.sram.buffer);
  }

  /** One instruction; its cycles, or 0 when it is the library's and nothing was done. */
  step(): number {
    const core = this.#core;
    const r = this.#registers;
    const pc = r[PC];
    let opcode: number;
    if (pc >= FLASH_START && pc < FLASH_END) opcode = this.#flash16[(pc - FLASH_START) >> 1];
    else if (pc >= RAM_START && pc < RAM_END) opcode = this.#ram16[(pc - RAM_START) >> 1];
    else if (pc >= 0 && pc < ROM_LENGTH) opcode = this.#rom[pc >> 1];
    else return 0;
    const low = opcode & 7;
    const middle = (opcode >> 3) & 7;
    const high = (opcode >> 6) & 7;
    const imm5 = (opcode >> 6) & 31;
    const imm8 = opcode & 255;
    const named = (opcode >> 8) & 7;
    switch (opcode >> 11) {
      case 0: {
        // LSLS (immediate)
        const input = r[middle];
        if (imm5 > 0) core.C = ((input >>> (32 - imm5)) & 1) === 1;
        this.#result(low, input << imm5);
        break;
      }
      case 1: {
        // LSRS (immediate)
        const input = r[middle];
        core.C = ((input >>> (imm5 === 0 ? 31 : imm5 - 1)) & 1) === 1;
        this.#result(low, imm5 === 0 ? 0 : input >>> imm5);
        break;
      }
      case 2: {
        // ASRS (immediate)
        const input = r[middle];
        core.C = ((input >>> (imm5 === 0 ? 31 : imm5 - 1)) & 1) === 1;
        this.#result(low, input >> (imm5 === 0 ? 31 : imm5));
        break;
      }
      case 3: {
        // ADDS, SUBS (register and 3-bit immediate)
        const operand = opcode & 0x400 ? high : r[high];
        r[low] = opcode & 0x200 ? this.#subtract(r[middle], operand) : this.#add(r[middle], operand);
        break;
      }
      case 4: // MOVS (immediate)
        r[named] = imm8;
        core.N = false;
        core.Z = imm8 === 0;
        break;
      case 5: // CMP (immediate)
        this.#subtract(r[named], imm8);
        break;
      case 6: // ADDS (8-bit immediate)
        r[named] = this.#add(r[named], imm8);
        break;
      case 7: // SUBS (8-bit immediate)
        r[named] = this.#subtract(r[named], imm8);
        break;
      case 8:
        return this.#registerOperation(opcode, pc);
      case 9: // LDR (literal)
        return this.#load32(named, ((pc + 4) & ~3) + imm8 * 4, pc);
      case 10:
      case 11: {
        const address = (r[high] + r[middle]) | 0;
        switch ((opcode >> 9) & 7) {
          case 0: // STR (register)
            return this.#store32(low, address, pc);
          case 1: // STRH (register)
            return this.#store16(low, address, pc);
          case 2: // STRB (register)
            return this.#store8(low, address, pc);
          case 4: // LDR (register)
            return this.#load32(low, address, pc);
          case 5: // LDRH (register)
            return this.#load16(low, address, pc);
          case 6: // LDRB (register)
            return this.#load8(low, address, pc);
          default:
            return 0;
        }
      }
      case 12: // STR (immediate)
        return this.#store32(low, (r[middle] + imm5 * 4) | 0, pc);
      case 13: // LDR (immediate)
        return this.#load32(low, (r[middle] + imm5 * 4) | 0, pc);
      case 14: // STRB (immediate)
        return this.#store8(low, (r[middle] + imm5) | 0, pc);
      case 15: // LDRB (immediate)
        return this.#load8(low, (r[middle] + imm5) | 0, pc);
      case 16: // STRH (immediate)
        return this.#store16(low, (r[middle] + imm5 * 2) | 0, pc);
      case 17: // LDRH (immediate)
        return this.#load16(low, (r[middle] + imm5 * 2) | 0, pc);
      case 18: // STR (SP plus immediate)
        return this.#store32(named, (r[SP] + imm8 * 4) | 0, pc);
      case 19: // LDR (SP plus immediate)
        return this.#load32(named, (r[SP] + imm8 * 4) | 0, pc);
      case 21: // ADD (register = SP plus immediate)
        r[named] = r[SP] + imm8 * 4;
        break;
      case 22:
        return this.#miscellaneous(opcode, pc);
      case 23: // POP
        return opcode & 0x400 && !(opcode & 0x200) ? this.#pop(opcode, pc) : 0;
      case 26:
      case 27: {
        // B (conditional)
        const condition = (opcode >> 8) & 15;
        if (condition >= 14) return 0;
        if (!this.#holds(condition)) break;
        r[PC] = pc + 4 + ((opcode << 24) >> 23);
        return 2;
      }
      case 28: // B
        r[PC] = pc + 4 + ((opcode << 21) >> 20);
        return 2;
      case 30: // BL
        return this.#branchWithLink(opcode, pc);
      default:
        return 0;
    }
    r[PC] = pc + 2;
    return 1;
  }

  /** ADCS to MVNS on low registers, and ADD, CMP, MOV, BX on all. */
  #registerOperation(opcode: number, pc: number): number {
    const core = this.#core;
    const r = this.#registers;
    const low = opcode & 7;
    const middle = (opcode >> 3) & 7;
    switch ((opcode >> 6) & 31) {
      case 0: // ANDS
        this.#result(low, r[low] & r[middle]);
        break;
      case 1: // EORS
        this.#result(low, r[low] ^ r[middle]);
        break;
      case 8: {
        // TST
        const result = r[low] & r[middle];
        core.N = result < 0;
        core.Z = result === 0;
        break;
      }
      case 9: // RSBS
        r[low] = this.#subtract(0, r[middle]);
        break;
      case 10: // CMP (register)
        this.#subtract(r[low], r[middle]);
        break;
      case 12: // ORRS
        this.#result(low, r[low] | r[middle]);
        break;
      case 13: // MULS
        this.#result(low, Math.imul(r[low], r[middle]));
        break;
      case 14: // BICS
        this.#result(low, r[low] & ~r[middle]);
        break;
      case 15: // MVNS
        this.#result(low, ~r[middle]);
        break;
      case 24:
      case 25:
      case 26:
      case 27: {
        // MOV (register)
        const to = ((opcode >> 4) & 8) | low;
        const from = (opcode >> 3) & 15;
        if (to >= SP || from === PC) return 0;
        r[to] = r[from];
        break;
      }
      case 28:
      case 29:
      case 30:
      case 31: {
        // BX, BLX (register)
        const target = r[(opcode >> 3) & 15];
        // A return from an exception is more than a jump.
        if (opcode & 7 || target >> 28 === -1 || ((opcode >> 3) & 15) === PC) return 0;
        if (opcode & 0x80) r[LR] = (pc + 2) | 1;
        r[PC] = target & ~1;
        return 2;
      }
      default:
        return 0;
    }
    r[PC] = pc + 2;
    return 1;
  }

  #branchWithLink(opcode: number, pc: number): number {
    let second: number;
    if (pc >= FLASH_START && pc < FLASH_END) second = this.#flash16[(pc + 2 - FLASH_START) >> 1];
    else if (pc >= RAM_START && pc < RAM_END - 2) second = this.#ram16[(pc + 2 - RAM_START) >> 1];
    else return 0;
    if ((second & 0xd000) !== 0xd000) return 0;
    const sign = (opcode >> 10) & 1;
    const bit23 = ((second >> 13) & 1) ^ sign ^ 1;
    const bit22 = ((second >> 11) & 1) ^ sign ^ 1;
    const offset = (bit23 << 23) | (bit22 << 22) | ((opcode & 0x3ff) << 12) | ((second & 0x7ff) << 1);
    this.#registers[LR] = (pc + 4) | 1;
    this.#registers[PC] = pc + 4 + (offset - (sign << 24));
    return 3;
  }

  /** PUSH, extensions, and SP plus or minus an immediate. */
  #miscellaneous(opcode: number, pc: number): number {
    const r = this.#registers;
    const low = opcode & 7;
    const middle = (opcode >> 3) & 7;
    switch ((opcode >> 6) & 31) {
      case 0:
      case 1: // ADD (SP plus immediate)
        r[SP] += (opcode & 0x7f) * 4;
        break;
      case 2:
      case 3: // SUB (SP minus immediate)
        r[SP] -= (opcode & 0x7f) * 4;
        break;
      case 8: // SXTH
        r[low] = (r[middle] << 16) >> 16;
        break;
      case 9: // SXTB
        r[low] = (r[middle] << 24) >> 24;
        break;
      case 10: // UXTH
        r[low] = r[middle] & 0xffff;
        break;
      case 11: // UXTB
        r[low] = r[middle] & 0xff;
        break;
      default:
        return opcode & 0x400 && !(opcode & 0x200) ? this.#push(opcode, pc) : 0;
    }
    r[PC] = pc + 2;
    return 1;
  }

  #push(opcode: number, pc: number): number {
    const r = this.#registers;
    let words = 0;
    for (let bits = opcode & 0x1ff; bits > 0; bits >>= 1) words += bits & 1;
    const start = r[SP] - words * 4 - RAM_START;
    if (start < 0 || start + words * 4 > RAM_END - RAM_START || start & 3) return 0;
    let at = start >> 2;
    let cycles = 1;
    for (let i = 0; i < 8; i++) {
      if (!(opcode & (1 << i))) continue;
      this.#ram32[at++] = r[i];
      cycles++;
    }
    if (opcode & 0x100) this.#ram32[at] = r[LR];
    r[SP] = start + RAM_START;
    r[PC] = pc + 2;
    return cycles;
  }

  #pop(opcode: number, pc: number): number {
    const r = this.#registers;
    let words = 0;
    for (let bits = opcode & 0x1ff; bits > 0; bits >>= 1) words += bits & 1;
    const start = r[SP] - RAM_START;
    if (start < 0 || start + words * 4 > RAM_END - RAM_START || start & 3) return 0;
    let at = start >> 2;
    // A return from an exception is more than a jump.
    if (opcode & 0x100 && this.#ram32[at + words - 1] >> 28 === -1) return 0;
    let cycles = 1;
    for (let i = 0; i < 8; i++) {
      if (!(opcode & (1 << i))) continue;
      r[i] = this.#ram32[at++];
      cycles++;
    }
    r[SP] += words * 4;
    if (!(opcode & 0x100)) {
      r[PC] = pc + 2;
      return cycles;
    }
    r[PC] = this.#ram32[at] & ~1;
    return cycles + 2;
  }

  #load32(register: number, address: number, pc: number): number {
    const r = this.#registers;
    if (address & 3) return 0;
    if (address >= RAM_START && address < RAM_END) r[register] = this.#ram32[(address - RAM_START) >> 2];
    else if (address >= FLASH_START && address < FLASH_END) r[register] = this.#flash32[(address - FLASH_START) >> 2];
    else return 0;
    r[PC] = pc + 2;
    return 2;
  }

  #load16(register: number, address: number, pc: number): number {
    const r = this.#registers;
    if (address & 1) return 0;
    if (address >= RAM_START && address < RAM_END) r[register] = this.#ram16[(address - RAM_START) >> 1];
    else if (address >= FLASH_START && address < FLASH_END) r[register] = this.#flash16[(address - FLASH_START) >> 1];
    else return 0;
    r[PC] = pc + 2;
    return 2;
  }

  #load8(register: number, address: number, pc: number): number {
    const r = this.#registers;
    if (address >= RAM_START && address < RAM_END) r[register] = this.#ram8[address - RAM_START];
    else if (address >= FLASH_START && address < FLASH_END) r[register] = this.#flash8[address - FLASH_START];
    else return 0;
    r[PC] = pc + 2;
    return 2;
  }

  #store32(register: number, address: number, pc: number): number {
    const r = this.#registers;
    if (address & 3 || address < RAM_START || address >= RAM_END) return 0;
    this.#ram32[(address - RAM_START) >> 2] = r[register];
    r[PC] = pc + 2;
    return 2;
  }

  #store16(register: number, address: number, pc: number): number {
    const r = this.#registers;
    if (address & 1 || address < RAM_START || address >= RAM_END) return 0;
    this.#ram16[(address - RAM_START) >> 1] = r[register];
    r[PC] = pc + 2;
    return 2;
  }

  #store8(register: number, address: number, pc: number): number {
    const r = this.#registers;
    if (address < RAM_START || address >= RAM_END) return 0;
    this.#ram8[address - RAM_START] = r[register];
    r[PC] = pc + 2;
    return 2;
  }

  /** Sets a register, and N and Z from it. @param result signed 32 bits */
  #result(register: number, result: number): void {
    const core = this.#core;
    this.#registers[register] = result;
    core.N = result < 0;
    core.Z = result === 0;
  }

  #add(one: number, other: number): number {
    const core = this.#core;
    const result = (one + other) | 0;
    core.N = result < 0;
    core.Z = result === 0;
    core.C = ((one & other) | ((one | other) & ~result)) < 0;
    core.V = ((one ^ result) & (other ^ result)) < 0;
    return result;
  }

  #subtract(one: number, other: number): number {
    const core = this.#core;
    const result = (one - other) | 0;
    core.N = result < 0;
    core.Z = result === 0;
    core.C = one >>> 0 >= other >>> 0;
    core.V = ((one ^ other) & (one ^ result)) < 0;
    return result;
  }

  #holds(condition: number): boolean {
    const { N, Z, C, V } = this.#core;
    switch (condition) {
      case 0: // EQ
        return Z;
      case 1: // NE
        return !Z;
      case 2: // CS
        return C;
      case 3: // CC
        return !C;
      case 4: // MI
        return N;
      case 5: // PL
        return !N;
      case 6: // VS
        return V;
      case 7: // VC
        return !V;
      case 8: // HI
        return C && !Z;
      case 9: // LS
        return !C || Z;
      case 10: // GE
        return N === V;
      case 11: // LT
        return N !== V;
      case 12: // GT
        return N === V && !Z;
      default: // LE
        return N !== V || Z;
    }
  }
}
