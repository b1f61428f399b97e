/** Who calls: `Authorization: Bearer <API key>` (RFC 6750), and whether the key's role may. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { KeysFile, Role } from "../keys-file.ts";
import { Problem } from "./problem.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The name of the API key that called; empty on routes that ask for none. */
    actor: string;
  }
}

const BEARER = /^Bearer +([\x21-\x7e]{1,256})$/i;

export type Guard = (...roles: Role[]) => (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** Makes the `onRequest` hooks that let only some roles through, before a byte of the body is read. */
export function createGuard(apiKeys: KeysFile["apiKeys"]): Guard {
  const known = apiKeys.map((entry) => ({ ...entry, hash: Buffer.from(entry.sha256, "hex") }));
  return (...roles) =>
    async (request) => {
      const presented = BEARER.exec(request.headers.authorization ?? "")?.[1];
      if (presented === undefined) throw new Problem("unauthorized", { headers: { "www-authenticate": "Bearer" } });
      const hash = createHash("sha256").update(presented).digest();
      // Hashes of the same length, every one compared: neither a key's first bytes nor its place in the file shows in the time.
      let caller: (typeof known)[number] | undefined;
      for (const entry of known) if (timingSafeEqual(entry.hash, hash)) caller = entry;
      if (!caller)
        throw new Problem("unauthorized", { headers: { "www-authenticate": 'Bearer error="invalid_token"' } });
      request.actor = caller.name;
      if (!roles.includes(caller.role))
        throw new Problem("forbidden", { headers: { "www-authenticate": 'Bearer error="insufficient_scope"' } });
    };
}
