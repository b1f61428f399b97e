/** `ochre emulator --page`: the page that needs no server, with issued tokens of a board in it. */
import { join } from "node:path";
import type { PageLanguage } from "../../emulator/web/embedded.ts";
import { ForeignFileError, writeTokenPage } from "../../emulator/web/token-page.ts";
import type { Manifest } from "../../firmware/build/manifest.ts";
import { builtPage } from "./built-page.ts";
import { type IssuedToken, issueTokens, tokenWithoutLine } from "./page-tokens.ts";
import { UsageError } from "./usage-error.ts";

export interface EmulatorPage {
  /** The file to open. */
  path: string;
  /** What the bank of its tokens knows of them, by language; undefined for a board without a host's line. */
  issued?: Record<PageLanguage, IssuedToken>;
}

/**
 * @param line whether the board has one to a host
 * @throws UsageError for a folder that can't be written, or that has files of others where the page's go
 */
export async function makePage(
  folder: string,
  built: { bundle: string; manifest: Manifest },
  line = true,
): Promise<EmulatorPage> {
  if (folder === "") throw new UsageError("--page names a folder");
  const issued = line ? await issueTokens(built) : undefined;
  const tokens = issued === undefined ? tokenWithoutLine() : { en: issued.en.token, vi: issued.vi.token };
  const page = await builtPage("in-page");
  try {
    await writeTokenPage(folder, page.folder, { ...built, tokens });
  } catch (error) {
    if (error instanceof ForeignFileError) throw new UsageError(error.message);
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new UsageError(`--page: nothing can be written into ${folder}: ${(error as Error).message}`);
  } finally {
    await page.forget();
  }
  return { path: join(folder, "index.html"), issued };
}
