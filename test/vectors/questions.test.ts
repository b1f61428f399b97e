/** No vector that concerns a token is left out of what an interpreter is asked. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { questions } from "./questions.ts";

/** Every vector of every file, by its place, and what it says. */
function places(): Map<string, Record<string, unknown>> {
  const found = new Map<string, Record<string, unknown>>();
  const walk = (place: string, value: unknown) => {
    if (Array.isArray(value)) for (const [i, item] of value.entries()) walk(`${place} ${i}`, item);
    else if (typeof value === "object" && value !== null) {
      const nested = Object.entries(value).filter(
        ([, inner]) => Array.isArray(inner) && typeof inner[0] === "object" && !("tag" in inner[0]),
      );
      if (nested.length === 0) found.set(place, value as Record<string, unknown>);
      for (const [name, inner] of nested) walk(`${place} ${name}`, inner);
    }
  };
  for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith(".json")))
    for (const [name, value] of Object.entries(JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"))))
      walk(`${file} ${name}`, value);
  return found;
}

/** Why a vector is none of a token's: what it is told of is no answer, or the token has no such algorithm. */
function reason(place: string, vector: Record<string, unknown>): string | undefined {
  if (/^ocra-rfc6287.json (keys|pin|time|encoding)$|^totp-rfc6238.json keys$/.test(place))
    return "what vectors are made of";
  if (/^aes-modes.json (ctr|keyWrap|ccm)/.test(place)) return "no mode of the token's";
  if (place.startsWith("aes-cmac.json") && vector.keyBits !== undefined && vector.keyBits !== 128)
    return "the token has AES-128";
  if (place.startsWith("scp03.json computedSessions") && (vector.keyEnc as string).length !== 32)
    return "the token has AES-128";
  if (place.startsWith("sha.json") && Array.isArray(vector.msgRepeat) && vector.msgRepeat[1] > 1000)
    return "too long for its memory";
  if (place.startsWith("hmac.json") && !["sha1", "sha256", "sha512"].some((hash) => hash in vector))
    return "no hash of the token's";
  return undefined;
}

test("every vector is asked, but those of what no token does, each for a reason", () => {
  const asked = new Set(questions({ maxRounds: Number.POSITIVE_INFINITY }).map(({ of }) => of));
  const all = places();
  for (const place of asked) expect([...all.keys()]).toContain(place);
  const left = [...all].filter(([place]) => !asked.has(place));
  expect(left.filter(([place, vector]) => reason(place, vector) === undefined).map(([place]) => place)).toEqual([]);
  expect(asked.size + left.length).toBe(all.size);
  expect(asked.size).toBeGreaterThan(180);
  console.log(`${asked.size} of ${all.size} vectors are asked, in ${questions({ maxRounds: 4096 }).length} questions`);
});
