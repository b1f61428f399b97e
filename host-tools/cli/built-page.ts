/** The emulator's page as it was built: an installed package came with it, a checkout builds it from its sources as they are now. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PageKind } from "../../emulator/web/build.ts";
import { packed } from "../../firmware/build/sources.ts";

export interface BuiltPage {
  folder: string;
  /** What was built for this one use is gone then. */
  forget(): Promise<void>;
}

export async function builtPage(kind: PageKind): Promise<BuiltPage> {
  if (packed)
    return {
      folder: fileURLToPath(new URL(`../../emulator/web/page/${kind}`, import.meta.url)),
      forget: async () => {},
    };
  const folder = await mkdtemp(join(tmpdir(), "ochre-page-"));
  const forget = () => rm(folder, { recursive: true, force: true });
  try {
    const { buildPage } = await import("../../emulator/web/build.ts");
    await buildPage(kind, folder);
  } catch (error) {
    await forget();
    throw error;
  }
  return { folder, forget };
}
