import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openPseudoTerminal } from "../../emulator/serial/pseudo-terminal.ts";
import { imageThatErases, writeUf2 } from "../flash/uf2.ts";
import { laboratoryTransportKeys } from "../keys/laboratory.ts";
import { TokenModel } from "../provisioning/token-model.ts";
import { flashCommand } from "./flash.ts";
import { UsageError } from "./usage-error.ts";

const RP2040 = 0xe48bff56;
const STORAGE = { address: 0x101c0000, bytes: 262144 };

let folder = "";
let out = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ochre-flash-"));
  out = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const run = (...args: string[]) =>
  flashCommand()
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .parseAsync(args, { from: "user" });

/** A folder that stands for the drive of a board in BOOTSEL mode. */
async function drive(): Promise<string> {
  const path = join(folder, "RPI-RP2");
  await mkdir(path);
  await writeFile(
    join(path, "INFO_UF2.TXT"),
    "UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: RPI-RP2\r\n",
  );
  return path;
}

test.each([
  [["--board", "toaster"], /the boards are pico-buttons, pico-keypad, pixljs/],
  [["--board", "pixljs"], /pixljs has no line to a host.*boards\/README\.md/s],
  [["--board", "pico-keypad", "--drive", "/media/x"], /--drive is for --image/],
  [["--board", "pico-keypad", "--serial", "OC-1"], /needs keys: --lab/],
  [["--board", "pico-keypad", "--lab"], /--lab needs --serial/],
  [["--board", "pico-keypad", "--lab", "--serial", '"+E.reboot()+"'], /letters, digits/],
  [["--board", "pico-keypad", "--image", "/no/such/file.uf2"], /can't be read/],
])("%j is wrong usage", async (args, message) => {
  await expect(run(...args)).rejects.toBeInstanceOf(UsageError);
  await expect(run(...args)).rejects.toThrow(message);
});

test("a board has to be named", async () => {
  await expect(run("--port", "/dev/no-such-port")).rejects.toThrow(/--board/);
});

test("a port that is not there is an error that names it", async () => {
  await expect(run("--board", "pico-keypad", "--port", "/dev/no-such-port")).rejects.toMatchObject({
    fault: "not-found",
    message: expect.stringContaining("/dev/no-such-port"),
  });
});

test("what is no image of this chip is refused before the drive is touched", async () => {
  const file = join(folder, "image.uf2");
  const path = await drive();
  for (const [bytes, why] of [
    [Buffer.from("<html>404</html>"), /no UF2 file/],
    [writeUf2(new Map([[0x10000000, new Uint8Array(256)]]), 0xe48bff59), /is for RP2350/],
  ] as const) {
    await writeFile(file, bytes);
    await expect(run("--board", "pico-keypad", "--image", file, "--drive", path)).rejects.toMatchObject({
      fault: "image",
      message: expect.stringMatching(why),
    });
  }
  expect(await readdir(path)).toEqual(["INFO_UF2.TXT"]);
});

test("an image is copied with an empty Storage, and then the board is spoken to; a token is refused", async () => {
  const file = join(folder, "image.uf2");
  const image = writeUf2(new Map([[0x10000000, new Uint8Array(256).fill(7)]]), RP2040);
  await writeFile(file, image);
  const path = await drive();
  const pty = await openPseudoTerminal();
  const token = new TokenModel("OC-1", laboratoryTransportKeys("OC-1"), Date.now);
  pty.onData((text) => pty.write(token.responder.receive(text)));
  try {
    const args = ["--board", "pico-keypad", "--port", pty.path, "--image", file, "--drive", path];
    await expect(run(...args)).rejects.toMatchObject({ fault: "locked", message: expect.stringContaining("OC-1") });
  } finally {
    pty.close();
  }
  expect(out).toBe(`${file} is copied to ${path}, with an empty Storage: what was on the board is erased.\n`);
  const copied = await readFile(join(path, "OCHRE.UF2"));
  expect(copied.equals(imageThatErases(image, RP2040, STORAGE))).toBe(true);
});
