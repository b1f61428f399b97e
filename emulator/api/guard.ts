/**
 * Who may ask. The server listens on this machine alone, but a browser on this machine visits pages from everywhere: a name of theirs
 * may lead here (DNS rebinding), or they may send a form. So the Host must be a name of this machine's own, and whoever says where he
 * comes from must come from here.
 */
import type { FastifyRequest } from "fastify";
import { Problem } from "./problem.ts";

/** What gives the token's secrets is not opened by a link from elsewhere. */
const SECRET = ["/v1/flash", "/v1/recording"];
const LOCAL = ["localhost", "127.0.0.1", "[::1]"];

/** @throws Problem for a request that a page from elsewhere may have sent */
export function guard(request: FastifyRequest): void {
  if ((request.raw.headersDistinct.host ?? []).length > 1)
    throw new Problem("invalid-request", "a request has one Host (RFC 9112, section 3.2)");
  const host = request.headers.host ?? "";
  const name = host.replace(/:\d{1,5}$/, "").toLowerCase();
  if (!LOCAL.includes(name)) throw new Problem("misdirected-request", `it goes by ${LOCAL.join(", ")}`);
  const { origin } = request.headers;
  const site = request.headers["sec-fetch-site"];
  // A page that was opened by hand ("none") or is from here; other programs say nothing. A link to the page may be anywhere.
  const followed =
    request.method === "GET" &&
    request.headers["sec-fetch-dest"] === "document" &&
    !SECRET.includes(request.routeOptions.url ?? "");
  const elsewhere = site !== undefined && site !== "same-origin" && site !== "none" && !followed;
  if (elsewhere || (origin !== undefined && origin !== `http://${host}`)) throw new Problem("foreign-origin");
}
