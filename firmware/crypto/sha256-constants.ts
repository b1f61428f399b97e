/** In place of `sha2-constants.ts` on a board that has SHA-256 and no SHA-512: the constants of SHA-256 alone (FIPS 180-4 4.2.2). */
import { bytesOfBase64 } from "./base64.ts";

export const sha2Constants = function (): Uint32Array {
  return new Uint32Array(
    bytesOfBase64(
      "mC+KQpFEN3HP+8C1pdu16VvCVjnxEfFZpII/ktVeHKuYqgfYAVuDEr6FMSTDfQxVdF2+cv6x3oCnBtybdPGbwcFpm+SGR77vxp3BD8yhDCRvLOktqoR0StypsFzaiPl2" +
        "UlE+mG3GMajIJwOwx39Zv/ML4MZHkafVUWPKBmcpKRSFCrcnOCEbLvxtLE0TDThTVHMKZbsKanYuycKBhSxykqHov6JLZhqocItLwqNRbMcZ6JLRJAaZ1oU1DvRwoGoQ" +
        "FsGkGQhsNx5Md0gntbywNLMMHDlKqthOT8qcW/NvLmjugo90b2OleBR4yIQIAseM+v++kOtsUKT3o/m+8nhxxg==",
    ).buffer,
  );
};
