/**
 * SSD1306, a controller of 128 x 64 OLED panels, on I2C (Solomon Systech data sheet, rev 1.1, and its application note on the charge
 * pump). The scrolling that nobody needs here is a fault.
 */
import { Oled, PAGES, WIDTH } from "./oled.ts";

const Addressing = { horizontal: 0, vertical: 1, page: 2 } as const;

/** The registers of its own after a reset (data sheet, table 9-1). */
const afterReset = () => ({
  addressing: Addressing.page as number,
  columnStart: 0,
  columnEnd: WIDTH - 1,
  pageStart: 0,
  pageEnd: PAGES - 1,
});

const ARGUMENT_COUNTS = { 32: 1, 33: 2, 34: 2, 129: 1, 141: 1, 168: 1, 211: 1, 213: 1, 217: 1, 218: 1, 219: 1 };

export class Ssd1306 extends Oled {
  protected readonly argumentCounts = ARGUMENT_COUNTS;
  #window = afterReset();

  constructor(fault: (text: string) => void) {
    super(fault, WIDTH);
  }

  protected reset(): void {
    this.#window = afterReset();
  }

  /** Moves the address on (data sheet, 10.1.3). */
  protected step(): void {
    const { registers } = this;
    const { addressing, columnStart, columnEnd, pageStart, pageEnd } = this.#window;
    if (addressing === Addressing.page) {
      registers.column = (registers.column + 1) % WIDTH;
    } else if (addressing === Addressing.horizontal) {
      if (registers.column++ !== columnEnd) return;
      registers.column = columnStart;
      if (registers.page++ === pageEnd) registers.page = pageStart;
    } else {
      if (registers.page++ !== pageEnd) return;
      registers.page = pageStart;
      if (registers.column++ === columnEnd) registers.column = columnStart;
    }
  }

  protected execute(command: number, first: number, second: number): boolean {
    const { registers } = this;
    const window = this.#window;
    if (command <= 0x1f || (command >= 0xb0 && command <= 0xb7)) {
      // The start address of page addressing.
      if (window.addressing !== Addressing.page) return false;
      if (command >= 0xb0) registers.page = command & 7;
      else if (command >= 0x10) registers.column = (registers.column & 0x0f) | ((command & 7) << 4);
      else registers.column = (registers.column & 0x70) | command;
    } else {
      switch (command) {
        case 0x20:
          if (first > Addressing.page) return false;
          window.addressing = first;
          break;
        case 0x21:
          if (first > second || second >= WIDTH) return false;
          window.columnStart = registers.column = first;
          window.columnEnd = second;
          break;
        case 0x22:
          if (first > second || second >= PAGES) return false;
          window.pageStart = registers.page = first;
          window.pageEnd = second;
          break;
        case 0x8d:
          if (first !== 0x10 && first !== 0x14) return false;
          this.pump(first === 0x14);
          break;
        case 0xdb:
          return (first & 0x8f) === 0;
        case 0x2e: // scrolling off, which it always is
          break;
        default:
          return false;
      }
    }
    return true;
  }
}
