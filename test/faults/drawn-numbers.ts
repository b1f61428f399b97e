/** For tests that look for secrets: what is drawn at random is remembered, and is the same in every run, so that no chance finds what is not there. */
type Crypto = typeof import("node:crypto");

/** All that was drawn: seeds among it. */
export const drawn: Uint8Array[] = [];

/** The module as it is, but for its random source. */
export function remembering(crypto: Crypto): Crypto {
  let count = 0;
  const digest = (what: string) => crypto.createHash("sha512").update(`${what} ${count++}`).digest();
  const randomInt = (most: number) => digest("number")[0] % most;
  const randomBytes = (size: number) => {
    const bytes = digest("draw").subarray(0, size);
    drawn.push(new Uint8Array(bytes));
    return Buffer.from(bytes);
  };
  return { ...crypto, randomInt: randomInt as Crypto["randomInt"], randomBytes: randomBytes as Crypto["randomBytes"] };
}
