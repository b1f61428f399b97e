/**
 * `npm run bench -- [NAME ...] [--json]`: every figure from one run, because machines are shared and noisy; compare the ratios. What
 * `device` measures is the simulated chip's time and the same on every machine; its `--picture FILE` and `--readme FILE` write it down.
 * Exits with 1 where a figure is over its bar.
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { type Built, boards, buildBoard } from "../../firmware/build/build.ts";
import { benchDevice, type DeviceOptions } from "./device.ts";
import { benchEmulator } from "./emulator.ts";
import { benchEngine } from "./engine.ts";
import { benchValidations, type Row } from "./validations.ts";

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
  emulator: timed(benchEmulator),
  engine: timed(benchEngine),
  validations: timed(benchValidations),
  device: benchDevice,
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean" }, picture: { type: "string" }, readme: { type: "string" } },
});
const unknown = positionals.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(", ")}: ${Object.keys(benches).join(", ")}`);
  process.exit(2);
}

const built: Built[] = [];
for (const board of boards) built.push(await buildBoard(board));

const machine = `${cpus().length} x ${cpus()[0].model.trim()}, Node ${process.version}`;
if (!values.json) console.log(`${machine}\n`);
const rows: object[] = [];
for (const name of positionals.length > 0 ? positionals : Object.keys(benches)) {
  const result = await benches[name](built, values);
  rows.push(...result.rows);
  if (!values.json) console.log(result.text);
  else if (result.rows.length === 0) console.error(result.text);
}
if (values.json) console.log(JSON.stringify({ machine, rows }, null, 1));
if (rows.some((row) => "holds" in row && row.holds === false)) process.exitCode = 1;
