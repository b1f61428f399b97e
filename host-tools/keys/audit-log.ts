/**
 * What a key service did, for whom and when: one JSON object a line, on the disk before the deed's result is given away. No key, seed,
 * answer or code is in it. Whoever can write the file can also change it: take it to another machine where that matters.
 */
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { KeyServiceError } from "./key-service.ts";

export interface AuditedDeed {
  /**
   * `unlock-answer`; `issuer-keys`, `credentials` and `key-rotation` for what a token is given of them; `firmware` for one that it is to
   * start; `issuer-key` for a new key of the issuer's.
   */
  event: "unlock-answer" | "issuer-keys" | "credentials" | "key-rotation" | "firmware" | "issuer-key";
  /** Of the token, where the deed is for one. */
  serial?: string;
  /** Of the token's keys, or of the issuer's new one. */
  keyVersion?: number;
  /** `unlock-answer`: whoever holds the token sets a new PIN. */
  newPin?: boolean;
  /** `credentials`: the token asks for an activation code before it takes a PIN. */
  activation?: boolean;
  /** `firmware`: SHA-256 of the image, in hexadecimal. */
  digest?: string;
}

/** Records a deed. @throws KeyServiceError when it can't: the deed is not done then */
export type Audit = (deed: AuditedDeed) => Promise<void>;

/** For a key service that nobody audits. */
export const noAudit: Audit = async () => {};

/**
 * @param file of mode 0600; made, with its folder, with the first line
 * @param actor who does what is recorded
 * @param now milliseconds of Unix time
 */
export function auditLog(file: string, actor: string, now: () => number = Date.now): Audit {
  return async ({ event, ...facts }) => {
    const line = `${JSON.stringify({ time: new Date(now()).toISOString(), event, actor, ...facts })}\n`;
    try {
      await append(file, line);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new KeyServiceError(`The audit log ${file} can't be written (${code}): without its line nothing is done.`);
    }
  };
}

async function append(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, "a+", 0o600);
  try {
    const { size } = await handle.stat();
    const last = new Uint8Array(1);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    // A line that a power cut has torn stays one, and the next is whole.
    await handle.appendFile(size > 0 && last[0] !== 0x0a ? `\n${line}` : line);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
