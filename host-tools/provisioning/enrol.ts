/** Tells the validation server about a personalised token. */
import type { Enrolment } from "./enrolment.ts";

const TIMEOUT_MS = 15_000;
/** A longer answer is no problem of this server's. */
const MAX_PROBLEM_BYTES = 16_384;
/** Characters of a problem that a person is told. */
const MAX_TOLD = 200;

export interface EnrolOptions {
  /** Replace an earlier enrolment of this token. */
  replace?: boolean;
  /** For tests. */
  fetch?: typeof fetch;
}

/** The server did not take the enrolment. `status` is 0 when it could not be reached or what answered is no validation server. */
export class EnrolError extends Error {
  override name = "EnrolError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * POST /v1/tokens.
 * @param serverUrl `https://...`; `http://` only to this machine, because the API key travels
 * @param apiKey of a provisioner
 * @throws EnrolError
 */
export async function enrol(
  serverUrl: string,
  apiKey: string,
  enrolment: Enrolment,
  { replace = false, fetch: send = fetch }: EnrolOptions = {},
): Promise<void> {
  const url = serverAddress(serverUrl);
  let response: Response;
  try {
    response = await send(url, {
      method: "POST",
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
      body: JSON.stringify(replace ? { ...enrolment, replace } : enrolment),
      redirect: "error", // an API key goes to the server that was named and to no other
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw new EnrolError(0, `The validation server ${url.origin} can't be reached (${reason(error)}).`);
  }
  if (response.status === 201) return;
  throw new EnrolError(response.status, await refusal(response));
}

/** Where enrolments go. @throws EnrolError for what is no address, or would send the API key in clear */
export function serverAddress(serverUrl: string): URL {
  let url: URL;
  try {
    url = new URL("v1/tokens", serverUrl.endsWith("/") ? serverUrl : `${serverUrl}/`); // it may live under a path
  } catch {
    throw new EnrolError(0, `${serverUrl} is no address of a server.`);
  }
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && local))
    throw new EnrolError(0, "The server's address must begin with https:// (http:// is for this machine alone).");
  return url;
}

/** What stands in a problem of RFC 9457, where the answer is one. */
async function refusal(response: Response): Promise<string> {
  const told = printable(await problemText(response).catch(() => ""));
  return `The validation server refused the enrolment (${response.status}${told ? `, ${told}` : ""}).`;
}

async function problemText(response: Response): Promise<string> {
  const problem = JSON.parse(await beginning(response)) as { title?: unknown; detail?: unknown } | null;
  return [problem?.title, problem?.detail].filter((part) => typeof part === "string").join(": ");
}

/** The answer as text, as far as a problem may go; the rest is not waited for. */
async function beginning(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    pieces.push(piece);
    length += piece.length;
    if (length >= MAX_PROBLEM_BYTES) break; // ends the connection
  }
  return Buffer.concat(pieces).toString("utf8", 0, MAX_PROBLEM_BYTES);
}

/** Another machine's words, fit for a terminal: nothing that moves the cursor, turns the direction or begins a line. */
function printable(text: string): string {
  const plain = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "");
  return plain.length > MAX_TOLD ? `${[...plain].slice(0, MAX_TOLD).join("")}…` : plain;
}

/** `fetch` hides the reason one or two levels down. */
function reason(error: unknown): string {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  return cause?.code || cause?.message || (error as Error).message;
}
