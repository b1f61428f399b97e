/** The mistake that the real store does not make: it looks whether a step was accepted, and writes that it was, in two statements. */
import { SqliteStore } from "../../host-tools/validation-server/store/sqlite.ts";
import type { CredentialKey, Learned } from "../../host-tools/validation-server/store/store.ts";

export class ReadThenWriteStore extends SqliteStore {
  override async accept({ realm, serial, slot }: CredentialKey, { step }: Learned): Promise<boolean> {
    const key = [realm, serial, slot] as const;
    const where = "WHERE realm = ? AND serial = ? AND slot = ?";
    const before = this.one<{ last: number }>(`SELECT last_step AS last FROM credentials ${where}`, ...key)!;
    if (before.last >= step) return false;
    const update = `UPDATE credentials SET last_step = ?, failures = 0, locked_at = NULL, resets = resets + 1 ${where}`;
    await this.write(() => this.change(update, step, ...key));
    return true;
  }
}
