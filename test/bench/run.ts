/**
 * `npm run bench -- [NAME ...] [--json]`: every figure from one run, because machines are shared and noisy; compare the ratios. What
 * `device` measures is the simulated chip's time and the same on every machine; its `--picture FILE` and `--readme FILE` write it down.
 * Exits with 1 where a figure is over its bar.
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import type { Built } from "../../firmware/build/build.ts";
import type { DeviceOptions } from "./device.ts";
import type { Row } from "./validations.ts";

interface Result {
  rows: object[];
  text: string;
}

const timed = (bench: () => Promise<Row[]>) => async (): Promise<Result> => {
  const rows = await bench();
  const lines = rows.map(({ name, value, unit, note }) => {
    const figure = value >= 100 ? value.toFixed(0) : value.toFixed(1);
    return `${name.padEnd(50)} ${figure.padStart(8)} ${unit.padEnd(14)} ${note}`;
  });
  return { rows, text: lines.join("\n") };
};

const benches: Record<string, (built: Built[], options: DeviceOptions) => Promise<Result>> = {
  emulator: timed(async () => (await import("./emulator.ts")).benchEmulator()),
  engine: timed(async () => (await import("./engine.ts")).benchEngine()),
  validations: timed(async () => (await import("./validations.ts")).benchValidations()),
  device: async (built, options) => (await import("./device.ts")).benchDevice(built, options),
};

const usage = `usage: npm run bench -- [NAME ...] [--json]

Names, all of them where none is given; in parentheses what each takes on two cores:
  emulator      how quickly an emulated token boots, and codes a second (half a minute)
  engine        what a thousand tokens weigh, and what long times cost (half a minute)
  validations   codes a second that the server judges (a minute)
  device        the token itself, on the simulated chip (a quarter of an hour);
                needs OCHRE_RP2040_IMAGE and OCHRE_RP2040_BOOTROM

  --json          the figures as one JSON object
  --picture FILE  device: draws them
  --readme FILE   device: writes them into the table of a Markdown file
  -h, --help      this`;

/** Ends with one line where it is called wrongly. */
function chosen() {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: {
        json: { type: "boolean" },
        picture: { type: "string" },
        readme: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    const unknown = positionals.filter((name) => !Object.hasOwn(benches, name));
    if (unknown.length > 0)
      throw new Error(`There is no bench ${unknown.join(", ")}: ${Object.keys(benches).join(", ")}`);
    return { names: positionals.length > 0 ? positionals : Object.keys(benches), values };
  } catch (error) {
    console.error(`bench: ${firstSentence((error as Error).message)} (--help says what there is)`);
    process.exit(2);
  }
}

/** Without what Node advises whoever means a file. */
function firstSentence(text: string): string {
  return text.split(/[.\n]/)[0];
}

const { names, values } = chosen();

const { boards, buildBoard } = await import("../../firmware/build/build.ts");
const built: Built[] = [];
for (const board of boards) built.push(await buildBoard(board));

const machine = `${cpus().length} x ${cpus()[0].model.trim()}, Node ${process.version}`;
if (!values.json) console.log(`${machine}\n`);
const rows: object[] = [];
for (const name of names) {
  const result = await benches[name](built, values);
  rows.push(...result.rows);
  if (!values.json) console.log(result.text);
  else if (result.rows.length === 0) console.error(result.text);
}
if (values.json) console.log(JSON.stringify({ machine, rows }, null, 1));
if (rows.some((row) => "holds" in row && row.holds === false)) process.exitCode = 1;
