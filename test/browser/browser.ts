/** A real Chromium, and a web server for a folder. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

/** Debian's place for it, unless CHROMIUM names another. */
export const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Nothing that phones home. */
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
};

/** False where there is no Chromium, which it says; where CI=true that is an error. */
export function hasChromium(): boolean {
  if (existsSync(EXECUTABLE)) return true;
  const advice = `Chromium was not found at ${EXECUTABLE}: "apt-get install chromium", or name it by CHROMIUM`;
  if (process.env.CI === "true") throw new Error(advice);
  console.warn(`browser tests skipped: ${advice}`);
  return false;
}

/** @param more arguments */
export function launchChromium(executablePath = EXECUTABLE, more: string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath, args: [...ARGUMENTS, ...more] });
}

/** Serves the files of a folder on a free port of this machine. */
export async function serveFolder(folder: string): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const name = path === "/" ? "index.html" : path.slice(1);
    try {
      if (!/^[\w.-]+$/.test(name)) throw new Error("not in this folder");
      const contents = await readFile(join(folder, name));
      response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream" }).end(contents);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
