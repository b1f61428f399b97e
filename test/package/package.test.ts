/** The packed tarball in an empty project: its command, its entries, its types, with vitest and with plain Node. */
import { type SpawnSyncOptions, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, posix, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { boards } from "../../firmware/build/build.ts";
import { hasChromium, launchChromium } from "../browser/browser.ts";
import { visit } from "../browser/visitor.ts";
import { fencesOf, headingsOf, linksOf } from "./markdown.ts";

const checkout = fileURLToPath(new URL("../..", import.meta.url));
const sources = fileURLToPath(new URL("project/", import.meta.url));
const project = mkdtempSync(join(tmpdir(), "ochre-package-"));
const installed = join(project, "node_modules/ochre-token");
const bin = (name: string) => join(project, "node_modules/.bin", name);

/** As in a shell of its own: nothing of the vitest that runs this; which registry is asked stays as it is. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|NODE_ENV|NODE_OPTIONS|npm_(?!config_)|CI$|OCHRE_)/.test(name),
  ),
);
environment.PATH = dirname(process.execPath) + delimiter + environment.PATH;
environment.FORCE_COLOR = "0";

function attempt(command: string, args: string[], options: SpawnSyncOptions = {}) {
  const env = { ...environment, ...options.env };
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: project, ...options, env });
  return { status, out: String(stdout), all: `${stdout}${stderr}${error ?? ""}` };
}

/** @returns what it printed @throws with all of it when it failed */
function run(command: string, args: string[], options: SpawnSyncOptions = {}): string {
  const { status, out, all } = attempt(command, args, options);
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: exit code ${status}\n${all}`);
  return out;
}

/** Content Security Policy of a page that asks nobody for anything, and evaluates no text. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'none'";

/** Takes a package from the checkout. */
function link(name: string): void {
  const place = join(project, "node_modules", name);
  if (existsSync(place)) return;
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(join(checkout, "node_modules", name), place);
}

/** Installs from the registry; without one, unpacks the tarball and takes what it depends on, and no more, from the checkout. */
function install(tarball: string): void {
  const npm = attempt("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=0", tarball]);
  if (npm.status === 0) return;
  if (!/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/.test(npm.all)) throw new Error(npm.all);
  console.warn("no registry: the tarball is tested with the checkout's own dependencies");
  mkdirSync(installed, { recursive: true });
  run("tar", ["-xzf", tarball, "--strip-components=1", "-C", installed]);
  const { dependencies, bin: commands } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  for (const name of Object.keys(dependencies)) link(name);
  mkdirSync(join(project, "node_modules/.bin"), { recursive: true });
  symlinkSync(join(installed, commands.ochre), bin("ochre"));
}

beforeAll(() => {
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "bank", private: true, type: "module" }));
  const packed = run("npm", ["pack", "--json", "--pack-destination", project], { cwd: checkout });
  install(join(project, firstOf(JSON.parse(packed)).filename));
  for (const name of readdirSync(sources))
    copyFileSync(join(sources, name), join(project, name.replace(".js", ".test.ts")));
}, 180_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** Names of the files that were installed, with slashes. */
function packedFiles(): string[] {
  return readdirSync(installed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes(join(installed, "node_modules")))
    .map((entry) => relative(installed, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
}

const textOf = (packedFile: string) => readFileSync(join(installed, packedFile), "utf8");

/** The folders that a file lies in, from the outermost. */
const foldersOf = (name: string) => [...name.matchAll(/\//g)].map(({ index }) => name.slice(0, index));

/** npm's report is a list, and an object by name since npm 12. */
const firstOf = (report: object): { filename: string } => Object.values(report)[0];

test("it has no tests, no goldens and nothing else that only a checkout needs", () => {
  const files = packedFiles();
  expect(files.filter((name) => /\.test\.|__screens__|small-bundle/.test(name))).toEqual([]);
  expect(files.filter((name) => /^(test|demo|pack)\b/.test(name) && !name.endsWith("README.md"))).toEqual([]);
  expect(files.filter((name) => /^dist.*(?<!\.d)\.ts$/.test(name))).toEqual([]);
  for (const board of boards) expect(files).toContain(join("dist", "build", `${board}.json`));
});

test("every link of its README, and of each README that leads to, is to a file that it has, and to a heading that is there", () => {
  const files = packedFiles();
  const folders = new Set(files.flatMap((name) => foldersOf(name)));
  const pages = files.filter((name) => name.endsWith(".md"));
  expect(pages).toEqual(expect.arrayContaining(["README.md", "SECURITY.md", "emulator/testing/README.md"]));
  const broken: string[] = [];
  let followed = 0;
  for (const page of pages) {
    for (const link of linksOf(textOf(page))) {
      if (/^[a-z]+:/.test(link)) continue;
      followed++;
      const [path, heading] = link.split("#");
      const target = posix.normalize(posix.join(posix.dirname(page), path)).replace(/\/$/, "");
      const file = path === "" ? page : folders.has(target) ? posix.join(target, "README.md") : target;
      const there = files.includes(file) || folders.has(target);
      if (!there || (heading !== undefined && !headingsOf(textOf(file)).includes(heading)))
        broken.push(`${page}: ${link}`);
    }
  }
  expect(broken).toEqual([]);
  expect(followed).toBeGreaterThan(20);
});

test("the command runs", () => {
  expect(run(bin("ochre"), ["--version"]).trim()).toBe(
    JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")).version,
  );
  const key = "3132333435363738393031323334353637383930";
  expect(run(bin("ochre"), ["otp", "totp", "--key", key, "--now", "59", "--digits", "8"]).trim()).toBe("94287082");
});

test("ochre build makes the very bundles that the package came with, where it was called", () => {
  run(bin("ochre"), ["build"]);
  for (const file of boards.flatMap((board) => [`${board}.js`, `${board}.json`]))
    expect(readFileSync(join(project, "build", file))).toEqual(readFileSync(join(installed, "dist/build", file)));
});

test("ochre emulator offers a token on a serial port, and on a page of its server", async () => {
  const emulator = spawn(bin("ochre"), ["emulator", "--json", "--serial", "PACKED-1", "--http", "0"], {
    cwd: project,
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [line] = await once(emulator.stdout, "data");
    const { path, http } = JSON.parse(String(line));
    expect(run(bin("ochre"), ["info", "--port", path])).toContain("PACKED-1");
    expect(await (await fetch(`${http}/`)).text()).toContain("connect-src 'self'");
    expect((await fetch(`${http}/page.js`)).status).toBe(200);
  } finally {
    emulator.kill("SIGTERM");
    await once(emulator, "exit");
  }
});

// Reason to skip: a machine without Debian's chromium; under CI its absence is a failure.
test.skipIf(!hasChromium())(
  "ochre emulator --page makes a page of any board that works from the disk, without a network",
  async () => {
    const browser = await launchChromium();
    try {
      for (const board of ["pico-keypad", "pixljs"]) {
        const { path } = JSON.parse(
          run(bin("ochre"), ["emulator", "--json", "--board", board, "--page", `page/${board}`]),
        );
        const disk = pathToFileURL(join(project, path)).href;
        const visitor = await visit(browser, disk, "mouse", { offline: true });
        await visitor.hears(/OC-DEMO-0001.*Press OK to start/);
        expect(visitor.complaints).toEqual([]);
        await visitor.press("OK");
        await visitor.hears(/Choose a new PIN/);
        expect(readFileSync(join(project, path), "utf8")).toContain(POLICY);
      }
    } finally {
      await browser.close();
    }
  },
);

test("a test with plain Node passes, where no vitest is installed", () => {
  expect(existsSync(join(project, "node_modules/vitest"))).toBe(false);
  run(process.execPath, ["--test", "with-node.test.ts"]);
  // The second time, against the golden that the first one wrote.
  run(process.execPath, ["--test", "with-node.test.ts"], { env: { CI: "true" } });
  expect(existsSync(join(project, "__screens__/plain/home.txt"))).toBe(true);
});

test("a test with vitest passes; goldens are written, and compared with under CI", () => {
  link("vitest");
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "with-vitest.test.ts"];
  run(process.execPath, vitest);
  expect(readdirSync(join(project, "__screens__")).sort()).toEqual(["about.txt", "home.txt", "plain", "time code.txt"]);
  run(process.execPath, vitest, { env: { CI: "true" } });
});

test("a cut at every flash operation of a provisioning run, as a bank would try it, leaves before or after", () => {
  link("vitest");
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "flash-cuts.test.ts"];
  const out = stripVTControlCharacters(run(process.execPath, vitest));
  expect(out).toContain("1 passed");
  const table = /^power gone at.*(\n\d+ .*)+/m.exec(out)?.[0];
  expect(table).toMatch(/(\n\d+ +(before +|after *){4}$)+/m);
  console.log(table);
}, 300_000);

describe("the guide to testing, as the package has it", () => {
  const folder = join(project, "guide");
  let guide: string;
  let examples: Map<string, string>;
  const using = (framework: string) =>
    [...examples].filter(([name, text]) => /\.test\.ts$/.test(name) && text.includes(`from "${framework}"`));

  beforeAll(() => {
    for (const name of ["vitest", "typescript", "@types/node"]) link(name);
    guide = textOf("emulator/testing/README.md");
    examples = new Map(fencesOf(guide, "ts").map((text) => [/^\/\/ (\S+)\n/.exec(text)?.[1] ?? text, text]));
    mkdirSync(folder);
    for (const [name, text] of examples) writeFileSync(join(folder, name), text);
  });

  test("names a file for each of its examples, and the tarball that there is", () => {
    for (const name of examples.keys()) expect(name).toMatch(/^[\w.-]+\.ts$/);
    expect(using("vitest").length + using("node:test").length).toBeGreaterThan(8);
    const { version } = JSON.parse(textOf("package.json"));
    expect(guide).toContain(`npm install --save-dev ./ochre-token-${version}.tgz vitest\n`);
  });

  test("has examples for vitest that pass, and pass again under CI where they have goldens", () => {
    const names = using("vitest").map(([name]) => name);
    const vitest = [join(project, "node_modules/vitest/vitest.mjs"), "run", ...names];
    expect(stripVTControlCharacters(run(process.execPath, vitest, { cwd: folder }))).toMatch(
      new RegExp(`Test Files +${names.length} passed`),
    );
    // CI makes a difference to goldens alone.
    const golden = names.filter((name) => examples.get(name)!.includes("toMatchScreen"));
    expect(golden).not.toEqual([]);
    run(process.execPath, [...vitest.slice(0, 2), ...golden], { cwd: folder, env: { CI: "true" } });
  });

  test("has examples for plain Node that pass, and pass again under CI", () => {
    const names = using("node:test").map(([name]) => name);
    expect(names).not.toEqual([]);
    run(process.execPath, ["--test", ...names], { cwd: folder });
    run(process.execPath, ["--test", ...names], { cwd: folder, env: { CI: "true" } });
  });

  test("says what is amiss in a project that is not as it says", () => {
    const commonjs = join(project, "commonjs");
    mkdirSync(commonjs);
    const [[name, text]] = using("node:test");
    writeFileSync(join(commonjs, name), text);
    writeFileSync(join(commonjs, "package.json"), JSON.stringify({ name: "bank", type: "commonjs" }));
    const { status, all } = attempt(process.execPath, ["--test", name], { cwd: commonjs });
    expect(status).toBe(1);
    const message = "Cannot use import statement outside a module";
    expect(all).toContain(message);
    expect(guide).toContain(`| \`${message}\` `);
    run("npm", ["pkg", "set", "type=module"], { cwd: commonjs });
    run(process.execPath, ["--test", name], { cwd: commonjs });

    const vitest = join(project, "node_modules/vitest/vitest.mjs");
    const first = examples.get("first.test.ts")!.replace('import "ochre-token/testing/vitest";', "");
    writeFileSync(join(commonjs, "bare.test.ts"), first);
    const bare = attempt(process.execPath, [vitest, "run", "bare.test.ts"], { cwd: commonjs });
    expect(bare.status).toBe(1);
    expect(bare.all).toContain("Invalid Chai property: toShow");
    expect(guide).toContain("| `Invalid Chai property: toShow` ");
  });

  test("has examples whose types hold under tsc --strict", () => {
    const options = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2024", "--skipLibCheck"];
    const tsc = [join(project, "node_modules/typescript/bin/tsc"), "--pretty", "false", "--types", "node", ...options];
    const files = [...examples.keys()];
    const { status, out } = attempt(
      process.execPath,
      [...tsc, "--allowImportingTsExtensions", "--ignoreConfig", ...files],
      { cwd: folder },
    );
    expect({ status, out }).toEqual({ status: 0, out: "" });
  });
});

test("tests that fail show the screen, and before, after and difference in a report", () => {
  link("vitest");
  const failing = ["node_modules/vitest/vitest.mjs", "run", "failing.test.ts"];
  const { status, all } = attempt(process.execPath, failing, { env: { CI: "true" } });
  expect(status).toBe(1);
  expect(all).toContain("5 failed");
  expect(all.match(/┌─+┐/g)?.length).toBeGreaterThanOrEqual(5);
  expect(all.match(/The screen when the test failed/g)).toHaveLength(3);
  for (const serial of ["FIXTURE-00000001", "OF-A-HOOK", "OF-AN-ENGINE"]) expect(all).toContain(serial);
  expect(all).toContain("There is no golden __screens__/nobody looked at this.txt");
  expect(readFileSync(join(project, "ochre-screens/index.html"), "utf8")).toContain("2 screens differ");
});

test("tests of node:test that fail show the screen, each once", () => {
  const { status, all } = attempt(process.execPath, ["--test", "failing-with-node.test.ts"]);
  expect(status).toBe(1);
  expect(all.match(/The screen when the test failed/g)).toHaveLength(2);
  for (const serial of ["FIXTURE-00000001", "OF-A-HOOK"]) expect(all).toContain(serial);
  expect(all).toContain("The screen was expected to show");
});

test("its types hold under tsc --strict, libraries included", () => {
  for (const name of ["vitest", "typescript", "@types/node"]) link(name);
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: { strict: true, noEmit: true, module: "nodenext", target: "es2024", types: ["node"] },
      files: ["with-vitest.test.ts", "with-node.test.ts", "failing-with-node.test.ts"],
    }),
  );
  const tsc = ["node_modules/typescript/bin/tsc", "--pretty", "false", "-p", "."];
  const complaints = attempt(process.execPath, [...tsc, "--skipLibCheck"]).out;
  expect(complaints).toBe("");
  const ofOchre = attempt(process.execPath, tsc)
    .out.split("\n")
    .filter((line) => line.includes("ochre-token"));
  expect(ofOchre).toEqual([]);
  writeFileSync(
    join(project, "wrong.ts"),
    `import { bootToken } from "ochre-token/testing";\n(await bootToken()).press(1);\n`,
  );
  const wrong = attempt(process.execPath, [
    tsc[0],
    "--strict",
    "--noEmit",
    "--module",
    "nodenext",
    "--skipLibCheck",
    "--ignoreConfig",
    "wrong.ts",
  ]);
  expect(wrong.out).toMatch(/wrong\.ts.*'number' is not assignable to parameter of type 'string'/);
});
