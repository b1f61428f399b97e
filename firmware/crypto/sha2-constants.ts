/**
 * The constants of SHA-512 (FIPS 180-4 4.2.3): the 80 high halves, then the 80 low ones. The first 64 high halves are those of SHA-256
 * (4.2.2): both are fractional parts of the cube roots of the first primes. As base64 of little-endian words, which every processor
 * here has, they are half as long as numbers, and native functions read them.
 */
import { bytesOfBase64 } from "./base64.ts";

export const sha2Constants = function (): Uint32Array {
  return new Uint32Array(
    bytesOfBase64(
      "mC+KQpFEN3HP+8C1pdu16VvCVjnxEfFZpII/ktVeHKuYqgfYAVuDEr6FMSTDfQxVdF2+cv6x3oCnBtybdPGbwcFpm+SGR77vxp3BD8yhDCRvLOktqoR0StypsFzaiPl2" +
        "UlE+mG3GMajIJwOwx39Zv/ML4MZHkafVUWPKBmcpKRSFCrcnOCEbLvxtLE0TDThTVHMKZbsKanYuycKBhSxykqHov6JLZhqocItLwqNRbMcZ6JLRJAaZ1oU1DvRwoGoQ" +
        "FsGkGQhsNx5Md0gntbywNLMMHDlKqthOT8qcW/NvLmjugo90b2OleBR4yIQIAseM+v++kOtsUKT3o/m+8nhxxs4+J8rHuIbR1n3a6n9PffWqZ/AGxX1jCgSYPxE1C3Eb" +
        "9XfbKHuryjIKvp48xGcdQ77UxUycKX9Zq2/LX4wZRGwirijXzWXvIy87Tey824mBOLVI8xnQBbabTxmvGIFt2kICA6O+b3BFjLLkTuK0/9VviXvysZYWOzUSxyWUJmnP" +
        "0krxnuMlTzi11YyLZZysd3UCK1mD5KZu1PtBvbVTEYOr32buEDK0LT8h+5jkDu++wo+oPSWnCpNvggPgcG4OCvwv0kYmySZc7SrEWt+zlZ3eY6+LqLJ3POau7Uc7NYIU" +
        "ZAPxTAEwQryRl/jQML5UBhhS79YQqWVVKiBxV7jRuzLI0NK4U6tBUZnrjt+oSJvhY1rJxcuKQeNz42N3o7iy1vyy711gLxdDcqvwoew5ZBooHmMj6b2C3hV5xrIrU3Lj" +
        "nGEm6gfCwCEe6+DNeNFu7rpvF3KmmMiirg35vhtHHBOEfQQjkyTHQLy+yRVMDRCctkI+yyp+Zfzs+tY6F1hHSg==",
    ).buffer,
  );
};
