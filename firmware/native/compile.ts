/**
 * Makes the routines from their C sources: `NAME.txt` for each, and the index in firmware/crypto/routines.part.ts.
 *
 *     node firmware/native/compile.ts            writes them
 *     node firmware/native/compile.ts --check    compares what it would write with what is there; exits 1 when they differ
 *
 * Needs Debian's gcc-arm-none-eabi. Another version of the compiler makes other bytes: the text says which one made it.
 */
import { execFileSync } from "node:child_process";
import { createCipheriv, createHash, createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { formatRoutine, parseRoutine, ROUTINE_NAMES, type RoutineName, routinePath } from "./routine-text.ts";

const PREFIX = "arm-none-eabi-";

/** Of these, -fpic makes every address relative to the program counter; the third line keeps the compiler from calling its library. */
const FLAGS = [
  ...["-mcpu=cortex-m0plus", "-mthumb", "-fpic", "-std=c11", "-O2"],
  ...["-Wall", "-Wextra", "-Werror", "-fno-strict-aliasing"],
  ...["-ffreestanding", "-nostdlib", "-fno-tree-loop-distribute-patterns"],
];

/** Relocations that the linker settles for good, wherever the code stands. */
const RELATIVE = ["R_ARM_REL32", "R_ARM_THM_CALL", "R_ARM_THM_JUMP11", "R_ARM_THM_JUMP24"];

const folder = fileURLToPath(new URL(".", import.meta.url));
const indexPath = fileURLToPath(new URL("../crypto/routines.part.ts", import.meta.url));

const tool = (name: string, ...args: string[]) => execFileSync(PREFIX + name, args, { cwd: folder, encoding: "utf8" });

/** The first line of the compiler's --version. */
const compiler = () => tool("gcc", "--version").split("\n")[0];

/** @throws Error for code that would depend on where it stands, or that lacks a function */
function compile(name: RoutineName) {
  const scratch = mkdtempSync(join(tmpdir(), "ochre-native-"));
  try {
    const [object, linked, binary] = ["o", "elf", "bin"].map((end) => join(scratch, `${name}.${end}`));
    tool("gcc", ...FLAGS, "-c", `${name}.c`, "-o", object);
    for (const [relocation] of tool("objdump", "-r", object).matchAll(/\bR_ARM_\w+/g)) {
      if (!RELATIVE.includes(relocation)) throw new Error(`${name} depends on its address: ${relocation}`);
    }
    tool("gcc", ...FLAGS, "-Wl,--build-id=none", "-Wl,-T,native.ld", object, "-o", linked);
    tool("objcopy", "-O", "binary", linked, binary);
    // Behind the line that names the scratch file.
    const listing = tool("objdump", "-d", "--section=.text", linked).split("\n").slice(3).join("\n").trim();
    return { code: new Uint8Array(readFileSync(binary)), compiler: compiler(), listing };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** CRC-32 of what is known of a routine: what the token asks before it relies on it, in `answer`, and of a hash more than that in `hmac`. */
function knownAnswers(name: RoutineName): string {
  const question = Uint8Array.from({ length: 16 }, (_, i) => i);
  if (name === "aes128") {
    return `answer: ${crc32(createCipheriv("aes-128-ecb", question, null).update(question))}`;
  }
  const hmac = (message: Uint8Array) => createHmac(name, question).update(message).digest();
  const first = hmac(question);
  const second = hmac(first);
  const rounds = first.map((byte, i) => byte ^ second[i]);
  return `answer: ${crc32(createHash(name).update(question).digest())}, hmac: ${crc32(rounds)}`;
}

function index(codes: readonly Uint8Array[]): string {
  let at = 0;
  const lines = ROUTINE_NAMES.map((name, i) => {
    const { length } = codes[i];
    const line = `    ${name}: { at: ${at}, length: ${length}, crc32: ${crc32(codes[i])}, ${knownAnswers(name)} },\n`;
    at += length;
    return line;
  });
  return `/**
 * The machine code in the Storage file of a board, by routine. Written by firmware/native/compile.ts.
 *
 * \`at\` and \`length\` in bytes, \`crc32\` of the code. Of the bytes 00 to 0F, as CRC-32: \`answer\` their digest, or the block
 * encrypted under itself; \`hmac\` their HMAC under themselves in two rounds. A part, because objects would stay in RAM.
 */
export function routines() {
  return {
${lines.join("")}  } as const;
}
`;
}

function main(check: boolean): number {
  const built = ROUTINE_NAMES.map(compile);
  const files = ROUTINE_NAMES.map((name, i) => ({
    path: routinePath(name),
    text: formatRoutine(name, built[i], crc32(built[i].code)),
  }));
  files.push({ path: indexPath, text: index(built.map(({ code }) => code)) });
  if (!check) {
    for (const { path, text } of files) writeFileSync(path, text);
    return 0;
  }
  const made = parseRoutine(readFileSync(files[0].path, "utf8")).compiler;
  if (made !== compiler()) {
    console.error(`The routines were made by ${made}, and this is ${compiler()}: their bytes can't be compared.`);
    return 1;
  }
  const different = files.filter(({ path, text }) => readFileSync(path, "utf8") !== text);
  for (const { path } of different) console.error(`${path} is not what its sources give`);
  if (different.length > 0) return 1;
  const bytes = built.map(({ code }, i) => `${ROUTINE_NAMES[i]} ${code.length}`);
  console.log(`Rebuilt, and the same bytes: ${bytes.join(", ")}.`);
  return 0;
}

process.exitCode = main(process.argv.includes("--check"));
