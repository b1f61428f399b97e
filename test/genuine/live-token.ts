/**
 * A token on the genuine interpreter, live: its serial line on a pseudo-terminal, its keypad and clock chip stood in for by a few lines
 * in front of the bundle, its display modelled from the bytes that it sends.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Manifest } from "../../emulator/machine/manifest.ts";
import { Ssd1306 } from "../../emulator/machine/ssd1306.ts";
import { ScreenReader } from "../../emulator/screen-reader.ts";
import { openPseudoTerminal } from "../../emulator/serial/pseudo-terminal.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { interpreter, PRELUDE } from "./interpreter.ts";

/** The matrix, a DS3231 that stands still once it is set, and `USB` on the serial device. */
const stubs = (path: string) => `
var down,watches=[],low={},chip=new Uint8Array(16),register=0;
chip[15]=0x80;
global.digitalWrite=function(pin,value){low[""+pin]=!value};
global.digitalRead=function(pins){var n=0;for(var i=0;i<pins.length;i++)n=n*2+(down&&""+pins[i]==down[1]&&low[down[0]]?0:1);return n};
global.setWatch=function(call,pin){watches.push([call,""+pin]);return watches.length};
var presses=[],pressing;
function next(){
  if(pressing||!presses.length)return;
  pressing=down=presses.shift();
  watches.forEach(function(w){if(w[1]==pressing[1])w[0]()});
  setTimeout(function(){down=undefined},70);
  setTimeout(function(){pressing=undefined;next()},140);
}
function press(row,column){presses.push([row,column]);next()}
var show=I2C1.writeTo;
I2C1.writeTo=function(address,data){
  if(address!=0x68)return show(address,data);
  register=data[0];
  for(var i=1;i<data.length;i++)chip[register++]=data[i];
};
I2C1.readFrom=function(address,length){return new Uint8Array(chip.subarray(register,register+length))};
Serial1.setup(115200,{path:${JSON.stringify(path)}});
USB.on=function(event,call){Serial1.on(event,call)};
USB.write=function(text){Serial1.write(text)};
`;

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));

export type LiveToken = Awaited<ReturnType<typeof liveToken>>;

/** A factory token of a board; `close` ends it. */
export async function liveToken(board: string, serial: string) {
  if (interpreter === undefined) throw new Error("ESPRUINO names no interpreter");
  const built = new URL("../../build/", import.meta.url);
  const bundle = await readFile(new URL(`${board}.js`, built), "latin1");
  const manifest: Manifest = JSON.parse(await readFile(new URL(`${board}.json`, built), "utf8"));
  const folder = await mkdtemp(join(tmpdir(), "ochre-genuine-"));
  const terminal = await openPseudoTerminal();
  const device = await openPseudoTerminal();
  // Two terminals, because each has one program's side: the host's bytes cross over from one to the other.
  terminal.master.on("data", (chunk) => device.master.write(chunk));
  device.master.on("data", (chunk) => terminal.master.write(chunk));

  const keys = laboratoryTransportKeys(serial);
  const array = (key: Uint8Array) => `new Uint8Array([${[...key].join()}])`;
  const install = `ochre.install(${JSON.stringify(serial)},${keys.keyVersion},${array(keys.enc)},${array(keys.mac)},${array(keys.dek)});`;
  const file = join(folder, "script.js");
  await writeFile(
    file,
    `${PRELUDE}${stubs(device.path)}var ochre=${bundle};\n${install}ochre.start();setInterval(function(){},1000);\n`,
    "latin1",
  );
  const child = spawn(interpreter, [file], { cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
  const display = new Ssd1306((fault) => {
    throw new Error(fault);
  });
  let output = "";
  let rest = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString("latin1");
    rest += chunk.toString("latin1");
    const end = rest.lastIndexOf("\n");
    for (const [, address, data] of rest.slice(0, end + 1).matchAll(/##I2C (\d+) ([0-9a-f]*)/g)) {
      if (Number(address) === manifest.display.address) display.write(bytes(data));
    }
    rest = rest.slice(end + 1);
  });

  const reader = new ScreenReader(manifest);
  const screen = () => reader.lines(display.frame()).map((line) => line.text.trim());
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  return {
    path: terminal.path,
    screen,
    /** Presses keys by what they do, one after the other in the interpreter's own time. */
    press(...names: string[]) {
      for (const name of names) {
        const row = manifest.keypad.legend.findIndex((keysOfRow) => keysOfRow.includes(name));
        const column = manifest.keypad.legend[row].indexOf(name);
        child.stdin.write(`press("D${manifest.keypad.rows[row]}","D${manifest.keypad.columns[column]}")\n`);
      }
    },
    /** Waits until the screen shows a text, and returns it. @throws Error with the screen when it does not in half a minute */
    async shows(text: RegExp): Promise<string> {
      for (let waited = 0; waited < 30_000; waited += 50) {
        const match = text.exec(screen().join("\n"));
        if (match !== null) return match[0];
        await pause(50);
      }
      throw new Error(`${text} was expected on the screen:\n${screen().join("\n")}\n${output.slice(-500)}`);
    },
    async close() {
      child.kill("SIGKILL");
      terminal.close();
      device.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
