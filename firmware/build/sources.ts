/** Where the sources lie: in a checkout around this file, in an installed package beside the JavaScript that was made of it. */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** This is an installed package, whose JavaScript is in dist/. */
export const packed = import.meta.url.endsWith(".js");

/** The folder that holds firmware/ and protocol/. */
export const root = fileURLToPath(new URL(packed ? "../../.." : "../..", import.meta.url));

/** Where bundles go if nobody says otherwise: an installed package is not for writing. */
export const outputFolder = packed ? resolve("build") : join(root, "build");
