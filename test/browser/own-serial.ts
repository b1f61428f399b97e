/**
 * Chromium's own Web Serial with a pseudo-terminal behind it. Chromium lists the serial ports that the kernel has a device for, and a
 * pseudo-terminal is none: so, in a mount namespace of Chromium's own, one takes the place of /dev/ttyS0. A policy allows the port to a
 * page, for the dialogue that asks has no window here.
 */
import { execFileSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { EXECUTABLE, launchChromium } from "./browser.ts";

const NODE = "/dev/ttyS0";
const DEVICE = "/sys/class/tty/ttyS0";
/** Where Debian's Chromium reads policies. */
const SETTINGS = "/etc/chromium";

const asRoot = process.getuid?.() === 0;
const unshare = ["--mount", ...(asRoot ? [] : ["--map-root-user"])];

/** Why that can't be had on this machine; undefined where it can. */
export function whyNoOwnSerial(): string | undefined {
  if (!existsSync(DEVICE) || realpathSync(DEVICE).includes("/virtual/")) return "this machine has no ttyS0";
  if (!existsSync(SETTINGS)) return `Chromium's policies are not in ${SETTINGS}`;
  try {
    execFileSync("unshare", [...unshare, "mount", "--bind", "/dev/null", NODE], { stdio: "ignore" });
  } catch {
    return "mount namespaces are not allowed here";
  }
  return undefined;
}

/**
 * @param path of the terminal
 * @param origin whose pages may use it
 * @param folder for the policy and for the script that starts it
 */
export async function launchWithPort(path: string, origin: string, folder: string): Promise<Browser> {
  const settings = join(folder, "settings");
  await mkdir(join(settings, "policies/managed"), { recursive: true });
  await writeFile(
    join(settings, "policies/managed/serial.json"),
    JSON.stringify({ SerialAllowAllPortsForUrls: [origin] }),
  );
  const starter = join(folder, "chromium-with-port");
  const inside = `mount --bind "${settings}" ${SETTINGS} && mount --bind "${path}" ${NODE} && exec "${EXECUTABLE}" "$@"`;
  await writeFile(starter, `#!/bin/sh\nexec unshare ${unshare.join(" ")} sh -c '${inside}' sh "$@"\n`);
  await chmod(starter, 0o755);
  return launchChromium(starter);
}
