/** The page without a server: the bundle on the virtual board, in the page itself. */
import type { BootOptions } from "../engine.ts";
import { FastEngine } from "../fast/fast-engine.ts";
import { PAGE_SIZE, PAGES } from "../machine/flash.ts";
import { RecordingEngine } from "../recording.ts";
import type { Embedded, PageToken } from "./embedded.ts";
import { visitorsLanguage } from "./remembered.ts";
import { seedIn } from "./seed.ts";
import { start } from "./start.ts";

/** Stands in front of this script. */
declare const ochreEmbedded: Embedded;

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function installation({ serial, install }: PageToken): BootOptions["install"] {
  if ("entries" in install)
    return { serial, entries: install.entries.map(({ id, value }) => ({ id, value: fromHex(value) })) };
  const { keyVersion, enc, mac, dek } = install;
  return { serial, keyVersion, enc: fromHex(enc), mac: fromHex(mac), dek: fromHex(dek) };
}

function flash(pages: Record<string, string>): Uint8Array {
  const bytes = new Uint8Array(PAGES * PAGE_SIZE).fill(0xff);
  for (const [page, contents] of Object.entries(pages))
    bytes.set(
      Uint8Array.from(atob(contents), (character) => character.charCodeAt(0)),
      Number(page) * PAGE_SIZE,
    );
  return bytes;
}

const { bundle, manifest, tokens } = ochreEmbedded;
const language = visitorsLanguage();
const token = "serial" in tokens ? tokens : tokens[language];
const open = async () => {
  const engine = await FastEngine.boot({
    bundle,
    manifest,
    install: installation(token),
    flash: token.pages === undefined ? undefined : flash(token.pages),
    seed: seedIn(location.search),
    unixTime: Date.now() / 1000,
    speed: 1,
  });
  return new RecordingEngine(engine);
};

void start({ open, language, stage: token.stage });
