/**
 * Which firmware a token runs out of its flash. What is run has all that this process may do, and a flash may come from anywhere: loaded,
 * from a state file, a snapshot, a recording, or with bits turned over. So it runs what whoever boots the token has named, and what a
 * host has sent over the line to this very engine; and nothing of that which a genuine interpreter would fail at.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Admission, Image } from "../machine/images.ts";
import type { Machine } from "../machine/machine.ts";
import type { Manifest } from "../machine/manifest.ts";
import * as check from "./check.ts";
import { dialectRefusal, loadGate } from "./gate.ts";

/** Bytes of an image that are hashed at once. */
const PIECE = 32768;

export interface AdmissionOptions {
  bundle: string;
  manifest: Manifest;
  /** Digests of further images, as `ochre update` tells them. */
  trustedFirmware?: readonly string[];
}

export class TokenAdmission implements Admission {
  readonly #manifest: Manifest;
  readonly #trusted: ReadonlySet<string>;
  /** Bundles that a host has sent. */
  readonly #sent = new Set<string>();
  /** Bundles that are run. */
  readonly #admitted: Set<string>;

  constructor({ bundle, manifest, trustedFirmware = [] }: AdmissionOptions) {
    this.#manifest = manifest;
    this.#trusted = new Set(trustedFirmware.map((digest) => digest.toLowerCase()));
    this.#admitted = new Set([bundle]);
  }

  learn({ bundle }: Image): void {
    this.#sent.add(bundle);
  }

  /** The gate is loaded by then: `admit`. */
  refusal({ version, bundle, body }: Image): string | undefined {
    if (this.#admitted.has(bundle)) return undefined;
    const digest = imageDigest(body);
    const named = `firmware ${version} (digest ${digest})`;
    if (!this.#sent.has(bundle) && !this.#trusted.has(digest))
      return (
        `this flash holds ${named}, and this engine was given ${this.#manifest.version} alone: what a flash brings is not run. ` +
        `If you know where it comes from, give it with: ochre emulator --firmware ${digest} (in a program, trustedFirmware: ["${digest}"])`
      );
    const fails = dialectRefusal(bundle);
    if (fails !== undefined) return `${named} in this flash is not run: ${fails}`;
    this.#admitted.add(bundle);
    return undefined;
  }
}

/**
 * Of a machine that is to be powered on. From then on it runs nothing else out of its flash, whatever comes.
 * @param what is refused: text in front of the reason
 * @throws EngineError foreign-firmware
 */
export async function admit(machine: Machine, what = ""): Promise<void> {
  await prepare(machine);
  check.firmware(machine, what);
}

/** Before something is done to a machine in which it may restart with other firmware. */
export async function prepare(machine: Machine): Promise<void> {
  if (machine.updating || machine.updates.length > 0) await loadGate();
}

/** The digest of an image, as its token and `ochre update` tell it: of the digests of its pieces. */
function imageDigest(body: Uint8Array): string {
  const digests = sha256.create();
  for (let at = 0; at < body.length; at += PIECE) digests.update(sha256(body.subarray(at, at + PIECE)));
  return bytesToHex(digests.digest());
}
