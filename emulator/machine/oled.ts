/**
 * What the controllers of monochrome OLED panels on I2C have in common: a picture memory in pages of eight rows, control bytes in front of
 * commands and data, and the registers that turn memory into what shines. The panel has 128 x 64 pixels and is mounted as on the usual
 * modules: upright when segments and COM lines are both reversed (A1, C8).
 *
 * What a data sheet does not define is recorded as a fault.
 */
import type { I2cChip } from "./i2c.ts";
import type { Panel } from "./panel.ts";
import type { Random } from "./random.ts";

export const WIDTH = 128;
export const HEIGHT = 64;
export const PAGES = HEIGHT / 8;

/** Bits of the control byte: one item follows instead of all that is left, and it is data instead of a command. */
const CONTINUATION = 0x80;
const IS_DATA = 0x40;

/** The registers after a reset that all of them have. */
const afterReset = () => ({
  on: false,
  chargePump: false,
  lit: false,
  inverted: false,
  allOn: false,
  contrast: 0x7f,
  segmentsReversed: false,
  comReversed: false,
  multiplex: HEIGHT,
  offset: 0,
  startLine: 0,
  comPins: 0x12,
  column: 0,
  page: 0,
});

export abstract class Oled implements I2cChip, Panel {
  readonly width = WIDTH;
  readonly height = HEIGHT;
  /** Rises with each transfer that changed what can be seen. */
  frames = 0;
  protected readonly fault: (text: string) => void;
  protected readonly ram: Uint8Array;
  protected registers = afterReset();
  /** Columns of the picture memory, and the first of them that the panel has. */
  readonly #columns: number;
  readonly #left: number;
  /** A command that still waits for arguments, and those that came. */
  #command: number[] = [];
  #changed = false;

  /** @param fault told of each command or value that the data sheet does not allow */
  constructor(fault: (text: string) => void, columns: number) {
    this.fault = fault;
    this.#columns = columns;
    this.#left = (columns - WIDTH) / 2;
    this.ram = new Uint8Array(columns * PAGES);
  }

  /** Arguments that a command takes, by the command's byte; those that are missing here take none. */
  protected abstract readonly argumentCounts: Readonly<Record<number, number>>;
  /** What the controller does with a command that is not common to all. False for what its data sheet does not allow. */
  protected abstract execute(command: number, first: number, second: number): boolean;
  /** Moves the address on after a byte of data. */
  protected abstract step(): void;
  /** Sets the controller's own registers as a reset does. */
  protected abstract reset(): void;

  /** Power comes: registers as after a reset, and noise in the picture memory. */
  powerOn(random: Random): void {
    this.#reset();
    this.#command = [];
    for (let i = 0; i < this.ram.length; i++) this.ram[i] = random.next();
  }

  powerOff(): void {
    if (this.on) this.frames++;
    this.#reset();
  }

  /** True when the panel is lit: switched on, with the charge pump that feeds it. */
  get on(): boolean {
    return this.registers.lit;
  }

  /** From 0 to 255. */
  get contrast(): number {
    return this.registers.contrast;
  }

  /** Whether the pixel in column `x` and row `y` of the panel shines; 0, 0 is the upper left corner. */
  pixel(x: number, y: number): boolean {
    const registers = this.registers;
    if (!this.on) return false;
    const line = registers.comReversed ? y : HEIGHT - 1 - y;
    if (line >= registers.multiplex) return false;
    if (registers.allOn) return true;
    const row = (line + registers.startLine + registers.offset) % HEIGHT;
    const bit = (this.ram[(row >> 3) * this.#columns + this.#left + x] >> (row & 7)) & 1;
    return (bit === 1) !== registers.inverted;
  }

  /** What can be seen: byte `page * width + x` is column `x` of eight rows, bit 0 on top. */
  frame(): Uint8Array {
    const frame = new Uint8Array(WIDTH * PAGES);
    const { allOn, comReversed, inverted, multiplex, offset, startLine } = this.registers;
    if (!this.on) return frame;
    const unshifted = comReversed && multiplex === HEIGHT && (offset + startLine) % HEIGHT === 0;
    if (unshifted && !allOn) {
      const turn = inverted ? 0xff : 0;
      for (let page = 0, i = 0; page < PAGES; page++) {
        const start = page * this.#columns + this.#left;
        for (let place = start; place < start + WIDTH; place++) frame[i++] = this.ram[place] ^ turn;
      }
      return frame;
    }
    for (let y = 0; y < HEIGHT; y++) {
      for (let x = 0; x < WIDTH; x++) if (this.pixel(x, y)) frame[(y >> 3) * WIDTH + x] |= 1 << (y & 7);
    }
    return frame;
  }

  write(bytes: Uint8Array): void {
    this.#changed = false;
    let at = 0;
    while (at < bytes.length) {
      const control = bytes[at++];
      if ((control & ~(CONTINUATION | IS_DATA)) !== 0) this.fault(`control byte ${hex(control)}`);
      const end = control & CONTINUATION ? Math.min(at + 1, bytes.length) : bytes.length;
      for (; at < end; at++) {
        if (control & IS_DATA) this.#data(bytes[at]);
        else this.#commandByte(bytes[at]);
      }
    }
    if (this.#changed) this.frames++;
  }

  /** Reading gives the status: bit 6 set while the panel is off. */
  read(length: number): Uint8Array {
    return new Uint8Array(length).fill(this.registers.on ? 0x00 : 0x40);
  }

  /** A change of the charge pump takes effect with the AF that follows it, or at once where it ends. */
  protected pump(on: boolean): void {
    this.registers.chargePump = on;
    this.registers.lit &&= on;
  }

  #reset(): void {
    this.registers = afterReset();
    this.reset();
  }

  #data(value: number): void {
    const registers = this.registers;
    if (this.#command.length > 0) this.fault(`data where command ${hex(this.#command[0])} waits for its arguments`);
    if (registers.column >= this.#columns) this.fault(`data for column ${registers.column}`);
    // The reversal of the segments acts on what is written, not on what is there (SSD1306, 10.1.8).
    const column = registers.segmentsReversed ? registers.column : this.#columns - 1 - registers.column;
    const place = registers.page * this.#columns + column;
    if (this.ram[place] !== value) {
      this.ram[place] = value;
      const seen = column >= this.#left && column < this.#left + WIDTH;
      this.#changed = (this.on && seen) || this.#changed;
    }
    this.step();
  }

  #commandByte(byte: number): void {
    this.#command.push(byte);
    const [command, ...args] = this.#command;
    if (args.length < (this.argumentCounts[command] ?? 0)) return;
    this.#command = [];
    const before = this.#visible();
    if (!this.#execute(command, args[0], args[1])) this.fault(`command ${[command, ...args].map(hex).join(" ")}`);
    if (this.#visible() !== before) this.#changed = true;
  }

  /** The registers that change the picture. */
  #visible(): string {
    const { inverted, allOn, contrast, comReversed, multiplex, offset, startLine } = this.registers;
    return `${this.on && [inverted, allOn, contrast, comReversed, multiplex, offset, startLine]}`;
  }

  /** What all of them do alike. */
  #execute(command: number, first: number, second: number): boolean {
    const registers = this.registers;
    if (command >= 0x40 && command <= 0x7f) registers.startLine = command & 0x3f;
    else {
      switch (command) {
        case 0x81:
          registers.contrast = first;
          break;
        case 0xa0:
        case 0xa1:
          registers.segmentsReversed = command === 0xa1;
          break;
        case 0xa4:
        case 0xa5:
          registers.allOn = command === 0xa5;
          break;
        case 0xa6:
        case 0xa7:
          registers.inverted = command === 0xa7;
          break;
        case 0xa8:
          if (first < 15 || first >= HEIGHT) return false;
          registers.multiplex = first + 1;
          break;
        case 0xae:
        case 0xaf:
          // The charge pump starts with the AF that follows its command (SSD1306's application note, section 2).
          registers.on = command === 0xaf;
          registers.lit = registers.on && registers.chargePump;
          break;
        case 0xc0:
        case 0xc8:
          registers.comReversed = command === 0xc8;
          break;
        case 0xd3:
          if (first >= HEIGHT) return false;
          registers.offset = first;
          break;
        case 0xda:
          // A panel of 64 rows has its COM lines wired alternately: any other arrangement shows every second row.
          registers.comPins = first;
          return first === 0x12;
        case 0xd9:
          return (first & 0x0f) !== 0 && first >> 4 !== 0;
        case 0xd5: // clock divider and frequency: any value
        case 0xe3: // no operation
          break;
        default:
          return this.execute(command, first, second);
      }
    }
    return true;
  }
}

const hex = (byte: number) => byte.toString(16).padStart(2, "0").toUpperCase();
