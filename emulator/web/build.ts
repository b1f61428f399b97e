/** Builds the page's sources: `index.html`, `page.js` and `page.css`, and nothing else. They need no network. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

/** A page that talks to the server it came from, or one in which the token runs itself: that needs `writeTokenPage` to be one. */
export type PageKind = "on-server" | "in-page";

const here = new URL("./", import.meta.url);

/** @param outDir a folder, made where there is none */
export async function buildPage(kind: PageKind, outDir: string): Promise<void> {
  await mkdir(outDir, { recursive: true });
  await build({
    entryPoints: [fileURLToPath(new URL(`${kind}.ts`, here))],
    outfile: join(outDir, "page.js"),
    plugins: kind === "in-page" ? [programOfThePage] : [],
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
    banner: { css: "/* Ochre token emulator */" },
    minify: true,
    logLevel: "silent",
  });
  const html = await readFile(new URL("page.html", here), "utf8");
  await writeFile(join(outDir, "index.html"), html.replace("CONTENT_SECURITY_POLICY", policy(kind)));
}

/** Puts the program that stands in front of the script in the place of `compile`. */
const programOfThePage: Plugin = {
  name: "program of the page",
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
    // What was passed where the page was made need not pass in it once more, which spares it the parser. Another program does not pass: the page has none.
    builder.onLoad({ filter: /emulator[\\/]fast[\\/]gate\.[tj]s$/ }, () => ({
      contents: `
        export async function passGate() {}
        export async function loadGate() {}
        export const dialectRefusal = () => "a page without a server runs the firmware that it was built with, and no other";`,
    }));
  },
};

/** Content Security Policy of the page. */
function policy(kind: PageKind): string {
  const connect = kind === "on-server" ? "connect-src 'self'" : "connect-src 'none'";
  return `default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; ${connect}; base-uri 'none'; form-action 'none'`;
}
