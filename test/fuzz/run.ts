/**
 * `npm run fuzz [-- NAME ...] [--runs N]`: the property tests whose file names contain one of the names, each property run N times
 * (100,000 where nothing is said) with a new seed. A failure prints its seed and its smallest counterexample.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const usage = "usage: npm run fuzz -- [NAME ...] [--runs N]";

let names: string[];
let runs: string;
try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { runs: { type: "string", default: "100000" } },
  });
  if (!/^[1-9]\d{0,8}$/.test(values.runs))
    throw new Error(`--runs is a number from 1 to 999999999, not ${values.runs}`);
  names = positionals;
  runs = values.runs;
} catch (error) {
  console.error(`${(error as Error).message}\n${usage}`);
  process.exit(2);
}

const { status } = spawnSync("vitest", ["run", "--project", "ochre", "--testTimeout", "0", ...names], {
  cwd: fileURLToPath(new URL("../..", import.meta.url)),
  stdio: "inherit",
  env: { ...process.env, OCHRE_FUZZ_RUNS: runs },
});
process.exitCode = status ?? 1;
