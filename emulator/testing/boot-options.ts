/** What tokens of tests are booted from where a test says nothing else, and what is no option of theirs. */
import { readBuilt } from "../built.ts";
import * as check from "../fast/check.ts";
import type { Installation, Issue } from "../machine/machine.ts";
import type { Manifest } from "../machine/manifest.ts";

/** Which token, and how it is reached. */
export interface TokenOptions {
  /** Which built bundle, where none is given. */
  board?: string;
  /** Text of another bundle, with its manifest. */
  bundle?: string;
  manifest?: Manifest;
  install?: Installation | Issue;
  /** False for a token without a serial port: quicker, and `path` is empty. */
  port?: boolean;
  /** Announces the port, for whatever looks for tokens. */
  announce?: boolean;
  /** A symbolic link to the port. */
  link?: string;
}

/** The factory's keys of a token for which the test names none: GlobalPlatform's published test key, three times. */
export const fixtureInstallation: Readonly<Installation> = {
  serial: "FIXTURE-00000001",
  keyVersion: 1,
  enc: Uint8Array.from({ length: 16 }, (_, i) => 0x40 + i),
  mac: Uint8Array.from({ length: 16 }, (_, i) => 0x40 + i),
  dek: Uint8Array.from({ length: 16 }, (_, i) => 0x40 + i),
};

/** @throws EngineError invalid for what is no object, or has a field of another name */
export function known(what: string, given: unknown, names: object): void {
  const strange = Object.keys(check.object(what, given)).find((name) => !Object.hasOwn(names, name));
  if (strange !== undefined) check.refuse(`${what} has ${Object.keys(names).join(", ")}, not ${check.shown(strange)}`);
}

/** @throws EngineError invalid for a port that cannot be */
export function checkPort({ port, announce, link }: TokenOptions): void {
  for (const [name, value] of Object.entries({ port, announce })) if (value !== undefined) check.yesOrNo(name, value);
  if (link !== undefined && (typeof link !== "string" || link === ""))
    check.refuse(`link is the path of a symbolic link, not ${check.shown(link)}`);
  if (port === false && (announce || link !== undefined))
    check.refuse("announce and link are of the port, and port: false leaves that out");
}

/**
 * The bundle that is given, or else the one that was built for the board.
 * @throws EngineError invalid for half of what makes a bundle, or another board beside it; Error where none was built
 */
export async function bundleOf({ board, bundle, manifest }: TokenOptions) {
  if (bundle === undefined && manifest === undefined) return readBuilt(board ?? "pico-keypad");
  if (bundle === undefined || manifest === undefined)
    return check.refuse(
      `a bundle and its manifest go together, and ${bundle === undefined ? "bundle" : "manifest"} is missing`,
    );
  if (board !== undefined && board !== manifest.board)
    check.refuse(`the manifest is of the board ${check.shown(manifest.board)}, not of ${check.shown(board)}`);
  return { bundle, manifest };
}
