/**
 * Builds the page: `index.html`, `page.js` and `page.css`, and nothing else. They need no network, and no server unless they are built
 * for one.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { readBuilt } from "../built.ts";
import { passGate } from "../fast/gate.ts";
import { plainText } from "../machine/tokens.ts";
import type { Embedded, PageTokens } from "./embedded.ts";

export interface PageOptions {
  /** A folder, made where there is none. */
  outDir: string;
  /** True for a page that talks to the server it came from; else the token runs in the page. */
  server?: boolean;
  /** Whose built bundle the page runs: pico-keypad. */
  board?: string;
  /** What to begin with: a token as it leaves the factory. */
  tokens?: PageTokens;
}

/** GlobalPlatform's published test key, three times. */
const TEST_KEY = "404142434445464748494a4b4c4d4e4f";
const FACTORY_TOKEN: PageTokens = {
  serial: "OC-DEMO-0001",
  stage: "factory",
  transportKeys: { version: 1, enc: TEST_KEY, mac: TEST_KEY, dek: TEST_KEY },
};

const here = new URL("./", import.meta.url);

/** @throws Error where the board's bundle was not built */
export async function buildPage(options: PageOptions): Promise<void> {
  const { outDir, server = false, board = "pico-keypad", tokens = FACTORY_TOKEN } = options;
  const embedded: Embedded | undefined = server ? undefined : { ...(await readBuilt(board)), tokens };
  if (embedded !== undefined) await passGate(embedded);
  await mkdir(outDir, { recursive: true });
  await build({
    entryPoints: [fileURLToPath(new URL(server ? "on-server.ts" : "in-page.ts", here))],
    outfile: join(outDir, "page.js"),
    define: embedded === undefined ? {} : { EMBEDDED: JSON.stringify(embedded) },
    banner: embedded === undefined ? {} : { js: program(embedded.bundle) },
    plugins: [programOfTheBuild],
    bundle: true,
    format: "iife",
    platform: "browser",
    target: "es2022",
    minify: true,
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
  });
  await build({
    entryPoints: [fileURLToPath(new URL("page.css", here))],
    outfile: join(outDir, "page.css"),
    minify: true,
    logLevel: "silent",
  });
  const html = await readFile(new URL("page.html", here), "utf8");
  await writeFile(join(outDir, "index.html"), html.replace("CONTENT_SECURITY_POLICY", policy(server)));
}

/**
 * The bundle as a part of the page's script, so that the page need not evaluate text. `with` is what can put known names in front of all
 * those of a browser that is not known yet; sloppy code alone has it, so this stands before the modules.
 */
function program(bundle: string): string {
  return `var ochreBundle=function(){with(arguments[0])return function(){"use strict";return(${plainText(bundle)}\n)}()};`;
}

/** Puts that in the place of `compile`. */
const programOfTheBuild: Plugin = {
  name: "program of the build",
  setup(builder) {
    builder.onLoad({ filter: /emulator[\\/]machine[\\/]compile\.ts$/ }, () => ({
      contents: `
        export function compile(bundle, names) {
          return (known) => {
            const scope = Object.create(null);
            for (const name of names) {
              const value = known[name];
              // A function that is found in a scope gets the scope for its \`this\`, which the browser's own do not bear.
              const bare = typeof value === "function" && value.prototype === undefined;
              scope[name] = bare ? (...values) => value(...values) : value;
            }
            scope.eval = undefined;
            return ochreBundle(scope);
          };
        }`,
    }));
    // What was passed here need not pass in the page once more, which spares it the parser. Another program does not pass: the page has none.
    builder.onLoad({ filter: /emulator[\\/]fast[\\/]gate\.[tj]s$/ }, () => ({
      contents: `
        export async function passGate() {}
        export async function loadGate() {}
        export const dialectRefusal = () => "a page without a server runs the firmware that it was built with, and no other";`,
    }));
  },
};

/** Content Security Policy of the page. */
function policy(server: boolean): string {
  const connect = server ? "connect-src 'self'" : "connect-src 'none'";
  return `default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; ${connect}; base-uri 'none'; form-action 'none'`;
}
