/** The API on a port of this machine. */
import type { AddressInfo } from "node:net";
import type { RecordingEngine } from "../recording.ts";
import { createApi } from "./app.ts";
import type { Page } from "./page-routes.ts";

export interface ApiServer {
  /** Like `http://127.0.0.1:8080`. */
  url: string;
  close(): Promise<void>;
}

/**
 * Listens on 127.0.0.1, and nowhere else: whoever reaches the API has the token's secrets.
 * @param port 0 for any that is free
 * @throws Error for a port that is taken
 */
export async function startApi(engine: RecordingEngine, port: number, page?: Page): Promise<ApiServer> {
  const app = await createApi(engine, page);
  await app.listen({ port, host: "127.0.0.1" });
  const { port: taken } = app.server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${taken}`, close: () => app.close() };
}
