/** `ochre emulator --http`: the API, with the page that shows the token. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ApiServer } from "../../emulator/api/server.ts";
import type { RecordingEngine } from "../../emulator/recording.ts";
import { packed } from "../../firmware/build/sources.ts";
import { UsageError } from "./usage-error.ts";

/** Where an installed package has the page, which a checkout builds from its sources as they are now. */
const packedPage = fileURLToPath(new URL("../../emulator/web/page", import.meta.url));

/** @throws UsageError for a port that can't be had */
export async function serveEmulator(engine: RecordingEngine, port: number): Promise<ApiServer> {
  const { startApi } = await import("../../emulator/api/server.ts");
  const built = packed ? undefined : await mkdtemp(join(tmpdir(), "ochre-page-"));
  const forget = async () => {
    if (built !== undefined) await rm(built, { recursive: true, force: true });
  };
  try {
    if (built !== undefined) {
      const { buildPage } = await import("../../emulator/web/build.ts");
      await buildPage({ outDir: built, server: true, board: engine.manifest.board });
    }
    const folder = built ?? packedPage;
    const server = await startApi(engine, port, existsSync(folder) ? { folder } : undefined);
    return {
      url: server.url,
      close: async () => {
        await server.close();
        await forget();
      },
    };
  } catch (error) {
    await forget();
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE" || code === "EACCES")
      throw new UsageError(`port ${port} can't be had: ${message}. --http 0 takes any that is free`);
    throw error;
  }
}
