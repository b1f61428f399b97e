/** The page without a server: the bundle on the virtual board, in the page itself. */
import { FastEngine } from "../fast/fast-engine.ts";
import { PAGE_SIZE, PAGES } from "../machine/flash.ts";
import { RecordingEngine } from "../recording.ts";
import type { Embedded } from "./embedded.ts";
import { visitorsLanguage } from "./remembered.ts";
import { start } from "./start.ts";

/** Put in place by the build. */
declare const EMBEDDED: Embedded;

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
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

const { bundle, manifest, tokens } = EMBEDDED;
const language = visitorsLanguage();
const token = "serial" in tokens ? tokens : tokens[language];
const { version, enc, mac, dek } = token.transportKeys;
/** `?seed=7` in the page's address makes two visits alike, but for the time of day. */
const seed = new URLSearchParams(location.search).get("seed");
const open = async () => {
  const engine = await FastEngine.boot({
    bundle,
    manifest,
    install: { serial: token.serial, keyVersion: version, enc: fromHex(enc), mac: fromHex(mac), dek: fromHex(dek) },
    flash: token.pages === undefined ? undefined : flash(token.pages),
    seed: seed === null ? crypto.getRandomValues(new Uint32Array(1))[0] : Number.parseInt(seed, 10) >>> 0,
    unixTime: Date.now() / 1000,
    speed: 1,
  });
  return new RecordingEngine(engine);
};

void start({ open, language, stage: token.stage });
