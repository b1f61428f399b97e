/** `npm run bench`: every figure from one run, because machines are shared and noisy; compare the ratios. */
import { cpus } from "node:os";
import { boards, buildBoard } from "../../firmware/build/build.ts";
import { benchEmulator } from "./emulator.ts";
import { benchEngine } from "./engine.ts";
import { benchValidations, type Row } from "./validations.ts";

for (const board of boards) await buildBoard(board);

console.log(`${cpus().length} x ${cpus()[0].model.trim()}, Node ${process.version}\n`);
for (const bench of [benchEmulator, benchEngine, benchValidations]) {
  for (const { name, value, unit, note } of (await bench()) as Row[]) {
    const figure = value >= 100 ? value.toFixed(0) : value.toFixed(1);
    console.log(`${name.padEnd(50)} ${figure.padStart(8)} ${unit.padEnd(14)} ${note}`);
  }
}
