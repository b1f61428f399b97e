/** The firmware's version, as GET DATA tells it: package.json's, which a test compares. */
export const VERSION = "0.1.0";
