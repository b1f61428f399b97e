/** `ochre emulator --http`: the API, with the page that shows the token. */
import type { ApiServer } from "../../emulator/api/server.ts";
import type { RecordingEngine } from "../../emulator/recording.ts";
import { builtPage } from "./built-page.ts";
import { UsageError } from "./usage-error.ts";

/** @throws UsageError for a port that can't be had */
export async function serveEmulator(engine: RecordingEngine, port: number): Promise<ApiServer> {
  const { startApi } = await import("../../emulator/api/server.ts");
  const { folder, forget } = await builtPage("on-server");
  try {
    const server = await startApi(engine, port, { folder });
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
