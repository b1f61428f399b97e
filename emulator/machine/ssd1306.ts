/**
 * SSD1306, a controller of 128 x 64 OLED panels, on I2C (Solomon Systech data sheet, rev 1.1, and its application note on the charge
 * pump). The panel is mounted as on the usual modules: upright when segments and COM lines are both reversed (A1, C8).
 *
 * What the data sheet does not define, and the scrolling that nobody needs here, is recorded as a fault.
 */
import type { I2cChip } from "./i2c.ts";
import type { Random } from "./random.ts";

const WIDTH = 128;
const HEIGHT = 64;
const PAGES = HEIGHT / 8;

/** Bits of the control byte: one item follows instead of all that is left, and it is data instead of a command. */
const CONTINUATION = 0x80;
const IS_DATA = 0x40;

const Addressing = { horizontal: 0, vertical: 1, page: 2 } as const;

/** The registers after a reset (data sheet, table 9-1). */
const afterReset = () => ({
  on: false,
  chargePump: false,
  lit: false,
  inverted: false,
  allOn: false,
  contrast: 0x7f,
  addressing: Addressing.page as number,
  segmentsReversed: false,
  comReversed: false,
  multiplex: HEIGHT,
  offset: 0,
  startLine: 0,
  comPins: 0x12,
  columnStart: 0,
  columnEnd: WIDTH - 1,
  pageStart: 0,
  pageEnd: PAGES - 1,
  column: 0,
  page: 0,
});

/** Arguments that a command takes, by the command's byte; those that are missing here take none. */
const ARGUMENTS: Record<number, number> = {
  32: 1,
  33: 2,
  34: 2,
  129: 1,
  141: 1,
  168: 1,
  211: 1,
  213: 1,
  217: 1,
  218: 1,
  219: 1,
};

export class Ssd1306 implements I2cChip {
  readonly width = WIDTH;
  readonly height = HEIGHT;
  /** Rises with each transfer that changed what can be seen. */
  frames = 0;
  readonly #fault: (text: string) => void;
  readonly #ram = new Uint8Array(WIDTH * PAGES);
  #registers = afterReset();
  /** A command that still waits for arguments, and those that came. */
  #command: number[] = [];
  #changed = false;

  /** @param fault told of each command or value that the data sheet does not allow */
  constructor(fault: (text: string) => void) {
    this.#fault = fault;
  }

  /** Power comes: registers as after a reset, and noise in the picture memory. */
  powerOn(random: Random): void {
    this.#registers = afterReset();
    this.#command = [];
    for (let i = 0; i < this.#ram.length; i++) this.#ram[i] = random.next();
  }

  powerOff(): void {
    if (this.on) this.frames++;
    this.#registers = afterReset();
  }

  /** True when the panel is lit: switched on, with the charge pump that feeds it. */
  get on(): boolean {
    return this.#registers.lit;
  }

  /** From 0 to 255. */
  get contrast(): number {
    return this.#registers.contrast;
  }

  /** Whether the pixel in column `x` and row `y` of the panel shines; 0, 0 is the upper left corner. */
  pixel(x: number, y: number): boolean {
    const registers = this.#registers;
    if (!this.on) return false;
    const line = registers.comReversed ? y : HEIGHT - 1 - y;
    if (line >= registers.multiplex) return false;
    if (registers.allOn) return true;
    const row = (line + registers.startLine + registers.offset) % HEIGHT;
    const bit = (this.#ram[(row >> 3) * WIDTH + x] >> (row & 7)) & 1;
    return (bit === 1) !== registers.inverted;
  }

  /** What can be seen: byte `page * width + x` is column `x` of eight rows, bit 0 on top. */
  frame(): Uint8Array {
    const frame = new Uint8Array(WIDTH * PAGES);
    const { allOn, comReversed, multiplex, offset, startLine } = this.#registers;
    if (!this.on) return frame;
    const unshifted = comReversed && multiplex === HEIGHT && (offset + startLine) % HEIGHT === 0;
    if (unshifted && !allOn) {
      const turn = this.#registers.inverted ? 0xff : 0;
      for (let i = 0; i < frame.length; i++) frame[i] = this.#ram[i] ^ turn;
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
      if ((control & ~(CONTINUATION | IS_DATA)) !== 0) this.#fault(`control byte ${hex(control)}`);
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
    return new Uint8Array(length).fill(this.#registers.on ? 0x00 : 0x40);
  }

  #data(value: number): void {
    const registers = this.#registers;
    if (this.#command.length > 0) this.#fault(`data where command ${hex(this.#command[0])} waits for its arguments`);
    // The reversal of the segments acts on what is written, not on what is there (data sheet, 10.1.8).
    const column = registers.segmentsReversed ? registers.column : WIDTH - 1 - registers.column;
    const place = registers.page * WIDTH + column;
    if (this.#ram[place] !== value) {
      this.#ram[place] = value;
      this.#changed = this.on || this.#changed;
    }
    this.#step();
  }

  /** Moves the address on (data sheet, 10.1.3). */
  #step(): void {
    const registers = this.#registers;
    if (registers.addressing === Addressing.page) {
      registers.column = (registers.column + 1) % WIDTH;
    } else if (registers.addressing === Addressing.horizontal) {
      if (registers.column++ !== registers.columnEnd) return;
      registers.column = registers.columnStart;
      if (registers.page++ === registers.pageEnd) registers.page = registers.pageStart;
    } else {
      if (registers.page++ !== registers.pageEnd) return;
      registers.page = registers.pageStart;
      if (registers.column++ === registers.columnEnd) registers.column = registers.columnStart;
    }
  }

  #commandByte(byte: number): void {
    this.#command.push(byte);
    const [command, ...args] = this.#command;
    if (args.length < (ARGUMENTS[command] ?? 0)) return;
    this.#command = [];
    const before = this.#visible();
    if (!this.#execute(command, args[0], args[1])) this.#fault(`command ${[command, ...args].map(hex).join(" ")}`);
    if (this.#visible() !== before) this.#changed = true;
  }

  /** The registers that change the picture. */
  #visible(): string {
    const { inverted, allOn, contrast, comReversed, multiplex, offset, startLine } = this.#registers;
    return `${this.on && [inverted, allOn, contrast, comReversed, multiplex, offset, startLine]}`;
  }

  /** False for what the data sheet does not allow. */
  #execute(command: number, first: number, second: number): boolean {
    const registers = this.#registers;
    if (command >= 0x40 && command <= 0x7f) registers.startLine = command & 0x3f;
    else if (command <= 0x1f || (command >= 0xb0 && command <= 0xb7)) {
      // The start address of page addressing.
      if (registers.addressing !== Addressing.page) return false;
      if (command >= 0xb0) registers.page = command & 7;
      else if (command >= 0x10) registers.column = (registers.column & 0x0f) | ((command & 7) << 4);
      else registers.column = (registers.column & 0x70) | command;
    } else {
      switch (command) {
        case 0x20:
          if (first > Addressing.page) return false;
          registers.addressing = first;
          break;
        case 0x21:
          if (first > second || second >= WIDTH) return false;
          registers.columnStart = registers.column = first;
          registers.columnEnd = second;
          break;
        case 0x22:
          if (first > second || second >= PAGES) return false;
          registers.pageStart = registers.page = first;
          registers.pageEnd = second;
          break;
        case 0x81:
          registers.contrast = first;
          break;
        case 0x8d:
          if (first !== 0x10 && first !== 0x14) return false;
          registers.chargePump = first === 0x14;
          registers.lit = registers.lit && registers.chargePump;
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
          // The charge pump starts with the AF that follows its command (application note, section 2).
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
        case 0xdb:
          return (first & 0x8f) === 0;
        case 0xd5: // clock divider and frequency: any value
        case 0xe3: // no operation
        case 0x2e: // scrolling off, which it always is
          break;
        default:
          return false;
      }
    }
    return true;
  }
}

const hex = (byte: number) => byte.toString(16).padStart(2, "0").toUpperCase();
