/** What a body may be: of a type that its route takes, in UTF-8 where it is text, and not compressed. Another is refused before it is read. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { shown } from "../fast/check.ts";
import { Problem } from "./problem.ts";

const CHARSET = /;\s*charset\s*=\s*"?([^\s";]+)/i;

/** @throws Problem that names what was expected */
export function checkMedia(request: FastifyRequest, reply: FastifyReply): void {
  const { headers } = request;
  const empty = headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) === 0;
  if (request.is404 || empty) return;
  const coding = headers["content-encoding"] ?? "identity";
  if (coding.toLowerCase() !== "identity") {
    // RFC 9110, section 15.5.16
    reply.header("accept-encoding", "identity");
    throw refused(`a body comes as it is, not in the content coding ${shown(coding)}`);
  }
  const type = headers["content-type"] ?? "";
  const [name] = type.toLowerCase().split(";");
  const { consumes: types = ["application/json"] } = (request.routeOptions.schema ?? {}) as { consumes?: string[] };
  if (!types.includes(name.trim()))
    throw refused(
      `a body is ${types.join(" or ")} here, ${type === "" ? "and this one says no type" : `not ${shown(type)}`}`,
    );
  const charset = CHARSET.exec(type)?.[1] ?? "utf-8";
  if (name.trim() === "application/json" && charset.toLowerCase() !== "utf-8")
    throw refused(`JSON is in UTF-8, not in ${shown(charset)}`);
}

/** A route that takes nothing takes no more than an empty object. @throws Problem */
export function checkNoBody({ body, is404, routeOptions }: FastifyRequest): void {
  const { schema = {} } = routeOptions;
  // Of bytes, only none come through here: `checkMedia`.
  if (Buffer.isBuffer(body)) return;
  if (is404 || body === undefined || "body" in schema || "consumes" in schema) return;
  if (Object.prototype.toString.call(body) !== "[object Object]")
    throw new Problem("invalid-request", "body must be object, without properties, or none");
  const [name] = Object.keys(body as object);
  if (name !== undefined)
    throw new Problem("invalid-request", `body has no property ${shown(name)}, nor any other here`);
}

const refused = (detail: string) => new Problem("unsupported-media-type", detail);
