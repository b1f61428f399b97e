/**
 * `node demo/page.ts --out FOLDER` builds the page that needs no server, with tokens in it that a bank has personalised and nobody has
 * set a PIN on yet, one for each language. Their keys are test keys: whoever has the page has them.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readBuilt } from "../emulator/built.ts";
import { FastEngine } from "../emulator/fast/fast-engine.ts";
import { PAGE_SIZE } from "../emulator/machine/flash.ts";
import { buildPage } from "../emulator/web/build.ts";
import type { PageToken } from "../emulator/web/embedded.ts";
import type { PageLanguage } from "../emulator/web/strings.ts";
import { keptBoard } from "../firmware/build/kept.ts";
import { FrameTransport, type Line } from "../host-tools/device/frame-transport.ts";
import { createKeystore, readKeystore } from "../host-tools/keys/keystore.ts";
import { LABORATORY_KEY_VERSION, laboratoryTransportKeys } from "../host-tools/keys/laboratory.ts";
import { LaboratoryKeyService } from "../host-tools/keys/laboratory-key-service.ts";
import type { Enrolment } from "../host-tools/provisioning/enrolment.ts";
import { personalise } from "../host-tools/provisioning/personalise.ts";
import { LANGUAGE_ENGLISH, LANGUAGE_VIETNAMESE } from "../protocol/apdu/credential-kind.ts";

const BOARD = "pico-keypad";

/** A token of the page, and what its bank knows of it. */
export interface IssuedToken {
  token: PageToken;
  enrolment: Enrolment;
  /** Its seeds are sealed under that, 32 bytes. */
  enrolmentKey: Uint8Array;
}

/**
 * Builds the page with an issued token for each language in it.
 * @throws Error where the board's bundle was not built
 */
export async function buildIssuedPage(outDir: string): Promise<Record<PageLanguage, IssuedToken>> {
  const en = await issuedToken("OC-DEMO-0001", LANGUAGE_ENGLISH);
  const vi = await issuedToken("OC-DEMO-0002", LANGUAGE_VIETNAMESE);
  await buildPage({ outDir, board: BOARD, tokens: { en: en.token, vi: vi.token } });
  return { en, vi };
}

async function issuedToken(serial: string, language: number): Promise<IssuedToken> {
  const { bundle, manifest } = await readBuilt(BOARD);
  const { enc, mac, dek } = laboratoryTransportKeys(serial);
  const folder = await mkdtemp(join(tmpdir(), "ochre-page-"));
  const engine = await FastEngine.boot({
    bundle,
    manifest,
    install: { serial, keyVersion: LABORATORY_KEY_VERSION, enc, mac, dek },
    unixTime: Date.now() / 1000,
  });
  try {
    await createKeystore(join(folder, "keystore.json"), crypto.getRandomValues(Buffer.alloc(32)));
    const keystore = await readKeystore(join(folder, "keystore.json"));
    if (keystore === undefined) throw new Error("the keystore that was just made is missing");
    const enrolmentKey = keystore.enrolmentKey.slice();
    const keyService = new LaboratoryKeyService(keystore);
    const transport = new FrameTransport(lineTo(engine));
    const enrolment = await personalise(transport, keyService, { policy: { language } });
    await transport.close();
    keyService.close();
    const hex = (key: Uint8Array) => Buffer.from(key).toString("hex");
    const token: PageToken = {
      serial,
      stage: "issued",
      transportKeys: { version: LABORATORY_KEY_VERSION, enc: hex(enc), mac: hex(mac), dek: hex(dek) },
      pages: writtenPages(await engine.dumpFlash()),
    };
    return { token, enrolment, enrolmentKey };
  } finally {
    await engine.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function lineTo(engine: FastEngine): Line {
  const line: Line = {
    path: "memory",
    write: (text) => engine.send(text),
    close: async () => {},
    onText: () => {},
    onEnd: () => {},
  };
  engine.onSerial((direction, text) => {
    if (direction === "to-host") line.onText(text);
  });
  return line;
}

function writtenPages(flash: Uint8Array): Record<string, string> {
  const pages: Record<string, string> = {};
  for (let at = 0; at < flash.length; at += PAGE_SIZE) {
    const page = flash.subarray(at, at + PAGE_SIZE);
    if (page.some((byte) => byte !== 0xff)) pages[at / PAGE_SIZE] = Buffer.from(page).toString("base64");
  }
  return pages;
}

const usage =
  "usage: node demo/page.ts [--out FOLDER]\n\nBuilds the page that needs no server, into build/page where no folder is named.";

function folderOf(args: string[]): string | undefined {
  const { values } = parseArgs({
    args,
    options: { out: { type: "string", default: "build/page" }, help: { type: "boolean", short: "h" } },
  });
  return values.help ? undefined : values.out;
}

if (import.meta.main) {
  let folder: string | undefined;
  try {
    folder = folderOf(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
  if (folder === undefined) {
    console.log(usage);
    process.exit(0);
  }
  try {
    await keptBoard(BOARD);
    await buildIssuedPage(folder);
    console.log(`${join(folder, "index.html")} needs no server.`);
  } catch (error) {
    console.error(`The page was not built: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
