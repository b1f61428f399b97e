/** The page that shows the token in a browser: three files. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Api } from "./app.ts";

/** The folder of a built page. */
export interface Page {
  folder: string;
}

const FILES: Record<string, [file: string, type: string]> = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/page.js": ["page.js", "text/javascript; charset=utf-8"],
  "/page.css": ["page.css", "text/css; charset=utf-8"],
};

export function pageRoutes(app: Api, { folder }: Page): void {
  for (const [url, [file, type]] of Object.entries(FILES))
    app.get(url, { schema: { hide: true } }, async (_, reply) =>
      reply.type(type).send(await readFile(join(folder, file))),
    );
}
