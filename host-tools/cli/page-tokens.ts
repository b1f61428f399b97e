/** Tokens for a page without a server: a bank has issued them, and nobody has set a PIN on them yet. Their keys are test keys. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { PAGE_SIZE } from "../../emulator/machine/flash.ts";
import type { PageLanguage, PageToken } from "../../emulator/web/embedded.ts";
import type { Manifest } from "../../firmware/build/manifest.ts";
import { LANGUAGE_ENGLISH, LANGUAGE_VIETNAMESE } from "../../protocol/apdu/credential-kind.ts";
import { FrameTransport, type Line } from "../device/frame-transport.ts";
import type { CredentialOrder } from "../keys/key-service.ts";
import { createKeystore, readKeystore } from "../keys/keystore.ts";
import { LABORATORY_KEY_VERSION, laboratoryTransportKeys } from "../keys/laboratory.ts";
import { LaboratoryKeyService } from "../keys/laboratory-key-service.ts";
import type { Enrolment } from "../provisioning/enrolment.ts";
import { personalise, STANDARD_CREDENTIALS } from "../provisioning/personalise.ts";
import { laboratoryIssue } from "./laboratory-issue.ts";

/** Of a board without a clock chip: no host is at the page to set its time. */
const WITHOUT_CLOCK: readonly CredentialOrder[] = [{ slot: 0, kind: "counter-code", suite: "HOTP-SHA256-8" }];

interface Built {
  bundle: string;
  manifest: Manifest;
}

/** A token of the page, and what its bank knows of it. */
export interface IssuedToken {
  token: PageToken;
  enrolment: Enrolment;
  /** Its seeds are sealed under that, 32 bytes. */
  enrolmentKey: Uint8Array;
}

/** One for each language, of a board with a host's line. */
export async function issueTokens(built: Built): Promise<Record<PageLanguage, IssuedToken>> {
  return {
    en: await issuedToken(built, "OC-DEMO-0001", LANGUAGE_ENGLISH),
    vi: await issuedToken(built, "OC-DEMO-0002", LANGUAGE_VIETNAMESE),
  };
}

/** Of a board without a host's line, which is issued where it is made. */
export function tokenWithoutLine(): PageToken {
  const { serial, entries } = laboratoryIssue("OC-DEMO-0001");
  return { serial, stage: "issued", install: { entries: entries.map(({ id, value }) => ({ id, value: hex(value) })) } };
}

async function issuedToken({ bundle, manifest }: Built, serial: string, language: number): Promise<IssuedToken> {
  const keyVersion = LABORATORY_KEY_VERSION;
  const { enc, mac, dek } = laboratoryTransportKeys(serial, manifest.model);
  const folder = await mkdtemp(join(tmpdir(), "ochre-page-"));
  const engine = await FastEngine.boot({
    bundle,
    manifest,
    install: { serial, keyVersion, enc, mac, dek },
    unixTime: Date.now() / 1000,
  });
  try {
    await createKeystore(join(folder, "keystore.json"), crypto.getRandomValues(Buffer.alloc(32)));
    const keystore = await readKeystore(join(folder, "keystore.json"));
    if (keystore === undefined) throw new Error("the keystore that was just made is missing");
    const enrolmentKey = keystore.enrolmentKey.slice();
    const keyService = new LaboratoryKeyService(keystore);
    const transport = new FrameTransport(lineTo(engine));
    const enrolment = await personalise(transport, keyService, {
      policy: { language },
      credentials: manifest.clock === undefined ? WITHOUT_CLOCK : STANDARD_CREDENTIALS,
    });
    await transport.close();
    keyService.close();
    const token: PageToken = {
      serial,
      stage: "issued",
      install: { keyVersion, enc: hex(enc), mac: hex(mac), dek: hex(dek) },
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

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
