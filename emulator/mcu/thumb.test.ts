import fc from "fast-check";
import { Simulator } from "rp2040js";
import { beforeEach, expect, test, vi } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { Stepper } from "./stepper.ts";

const RAM = 0x20000000;
const FLASH = 0x10000000;
const CODE = RAM + 0x8000;
/** BLX LR, where the library jumps to the new link instead of the old (ARMv6-M, A6.7.14 reads the target first). */
const BLX_LR = 0x47f0;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

beforeEach(() => {
  // Random addresses hit registers that do not exist, and the library says so on the console.
  const spies = [vi.spyOn(console, "warn"), vi.spyOn(console, "error"), vi.spyOn(console, "log")];
  for (const spy of spies) spy.mockReturnValue();
  return () => {
    for (const spy of spies) spy.mockRestore();
  };
});

/** A processor with something everywhere in RAM, and in the first pages of its flash. */
function processor() {
  const simulator = new Simulator();
  const { sram, flash } = simulator.rp2040;
  simulator.rp2040.logger = silent;
  let word = 1;
  const next = () => (word = (Math.imul(word, 1664525) + 1013904223) | 0) >>> 24;
  for (let i = 0; i < sram.length; i++) sram[i] = next();
  for (let i = 0; i < 8192; i++) flash[i] = next();
  return simulator;
}

function prepare({ rp2040 }: Simulator, code: number[], registers: number[], flags: boolean[]) {
  const { core, sram } = rp2040;
  new Uint16Array(sram.buffer).set(code, (CODE - RAM) / 2);
  core.registers.set(registers);
  core.PC = CODE;
  [core.N, core.Z, core.C, core.V] = flags;
  core.waiting = false;
}

function stateOf({ clock, rp2040 }: Simulator) {
  const { registers, N, Z, C, V, waiting } = rp2040.core;
  return { registers: [...registers], flags: [N, Z, C, V], waiting, nanos: clock.nanos };
}

const address = fc.oneof(
  fc.nat(0x400).map((offset) => RAM + 0x4000 + offset * 4),
  fc.nat(0x1000).map((offset) => RAM + 0x4000 + offset),
  fc.nat(0x1000).map((offset) => FLASH + offset),
);
const value = fc.oneof(
  fc.nat(0xffffffff),
  fc.nat(300),
  fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff, RAM - 4, RAM + 264 * 1024 - 4),
  address,
);

test("an instruction does and costs what the simulator's own interpreter says, in any state", () => {
  const library = processor();
  const stepped = processor();
  const stepper = new Stepper(stepped);
  fc.assert(
    fc.property(
      fc.nat(0xffff).filter((opcode) => opcode !== BLX_LR),
      fc.nat(0xffff),
      fc.array(value, { minLength: 13, maxLength: 13 }),
      fc.nat(0x100).map((offset) => RAM + 0x4100 + offset * 4),
      value,
      fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      (opcode, second, low, stack, link, flags) => {
        for (const simulator of [library, stepped]) prepare(simulator, [opcode, second], [...low, stack, link], flags);
        library.clock.tick(library.rp2040.core.executeInstruction() * 8);
        stepper.run(stepped.clock.nanos + 1e9, 1);
        expect(stateOf(stepped)).toEqual(stateOf(library));
        expect(Buffer.compare(stepped.rp2040.sram, library.rp2040.sram)).toBe(0);
      },
    ),
    { numRuns: runs(20_000) },
  );
});
