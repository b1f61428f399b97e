/**
 * The dialect gate, for a bundle that `ochre build` did not make: that one went through it when it was built, which its manifest's
 * SHA-256 says. What the virtual board hides by itself (globals, members of namespaces) is not looked for here.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { checkDialect } from "../../firmware/build/dialect.ts";
import type { Manifest } from "../machine/manifest.ts";
import { plainText } from "../machine/tokens.ts";
import * as check from "./check.ts";

/** Of what is refused, so much is told. */
const MOST_TOLD = 10;

/** The last one that passed: a thousand tokens have one bundle. */
let passed: string | undefined;
let gate: typeof checkDialect | undefined;

/** What the gate said of the last few: a token that was updated is booted, restored and asked about many times. */
const verdicts = new Map<string, string | undefined>();
const MOST_VERDICTS = 4;

/** Its parser is loaded for those alone who need it: before `dialectRefusal` is asked. */
export async function loadGate(): Promise<void> {
  gate ??= (await import("../../firmware/build/dialect.ts")).checkDialect;
}

/** @throws EngineError invalid for a bundle that a genuine interpreter would fail at, with each place and why */
export async function passGate({ bundle, manifest }: { bundle: string; manifest: Manifest }): Promise<void> {
  if (bundle === passed) return;
  if (manifest.sha256 === undefined || manifest.sha256 !== hashOf(bundle)) {
    await loadGate();
    const refusal = dialectRefusal(bundle);
    if (refusal !== undefined) check.refuse(refusal);
  }
  passed = bundle;
}

/** What a genuine interpreter would fail at, with each place and why; undefined for a bundle that passes. */
export function dialectRefusal(bundle: string): string | undefined {
  if (gate === undefined) throw new Error("the dialect gate is not loaded");
  if (verdicts.has(bundle)) return verdicts.get(bundle);
  const verdict = judge(gate, bundle);
  if (verdicts.size === MOST_VERDICTS) verdicts.delete([...verdicts.keys()][0]);
  verdicts.set(bundle, verdict);
  return verdict;
}

function judge(refusalsOf: typeof checkDialect, bundle: string): string | undefined {
  const refusals = refusalsOf(plainText(bundle), { globals: false });
  if (refusals.length === 0) return undefined;
  const places = refusals.slice(0, MOST_TOLD).map(({ line, column, reason }) => `${line}:${column}: ${reason}`);
  const more = refusals.length > MOST_TOLD ? `\nand ${refusals.length - MOST_TOLD} more` : "";
  return `a genuine interpreter would fail at this bundle, at line:column\n${places.join("\n")}${more}`;
}

/** Undefined for what is no text of bytes. */
function hashOf(bundle: string): string | undefined {
  const bytes = new Uint8Array(bundle.length);
  for (let i = 0; i < bundle.length; i++) {
    const code = bundle.charCodeAt(i);
    if (code > 0xff) return undefined;
    bytes[i] = code;
  }
  return bytesToHex(sha256(bytes));
}
