/**
 * SH1106, a controller of OLED panels with a picture memory of 132 columns, on I2C (Sino Wealth data sheet, rev 2.2). A panel of 128
 * columns has the middle ones. There is page addressing alone: a page and a column are set, the column moves on with each byte up to the
 * last one, where it stays, and no page follows by itself. Reading the picture memory is not modelled.
 */
import { Oled, PAGES } from "./oled.ts";

const COLUMNS = 132;

const ARGUMENT_COUNTS = { 129: 1, 168: 1, 173: 1, 211: 1, 213: 1, 217: 1, 218: 1, 219: 1 };

export class Sh1106 extends Oled {
  protected readonly argumentCounts = ARGUMENT_COUNTS;

  constructor(fault: (text: string) => void) {
    super(fault, COLUMNS);
    this.reset();
  }

  /** The converter for the panel's voltage is on after a reset, and starts with the panel. */
  protected reset(): void {
    this.registers.chargePump = true;
    this.registers.contrast = 0x80;
  }

  protected step(): void {
    if (this.registers.column < COLUMNS - 1) this.registers.column++;
  }

  protected execute(command: number, first: number): boolean {
    const { registers } = this;
    if (command <= 0x0f) registers.column = (registers.column & 0xf0) | command;
    else if (command <= 0x1f) {
      const column = (registers.column & 0x0f) | ((command & 0x0f) << 4);
      if (column >= COLUMNS) return false;
      registers.column = column;
    } else if (command >= 0xb0 && command < 0xb0 + PAGES) registers.page = command & 7;
    else if (command === 0xad) {
      if (first !== 0x8a && first !== 0x8b) return false;
      this.pump(first === 0x8b);
    }
    // The converter's voltage, and that of deselected COM lines: any value.
    else return (command >= 0x30 && command <= 0x33) || command === 0xdb;
    return true;
  }
}
