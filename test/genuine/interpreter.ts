/** Runs the built bundle on the genuine Espruino interpreter for Linux that the environment variable ESPRUINO names. */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { looseImage } from "../../emulator/machine/images.ts";
import type { Manifest } from "../../emulator/machine/manifest.ts";
import { programOf } from "../../emulator/machine/tokens.ts";

export const interpreter = process.env.ESPRUINO;

/**
 * The Linux build has no I2C, no USB and no memory-mapped flash. What stands in prints each transfer, so that the test can model the
 * chips, and finds the journal's file where a board would know its address; nothing else has one. The bundle is not touched.
 */
export const PRELUDE = `
function hex(d){var s="";for(var i=0;i<d.length;i++)s+=(256+d[i]).toString(16).substr(1);return s}
function say(what,text){print("##"+what+" "+text)}
I2C1.setup=function(){};
I2C1.writeTo=function(address){say("I2C",address+" "+hex(E.toUint8Array([].slice.call(arguments,1))))};
I2C1.readFrom=function(address,length){return new Uint8Array([0,0,0,1,1,1,0x24]).slice(0,length)};
USB.write=function(text){say("USB",hex(E.toUint8Array(text)))};
var journalFile={length:-1,at:0};
E.getAddressOf=function(data){
  // The journal's first page may have the end of the mark.
  if(typeof data=="string"&&data.length==journalFile.length)return journalFile.at;
  if(typeof data!="string"||data.substr(0,13)!="OCHRE journal")return 0;
  var flash=require("Flash"),mark=E.toUint8Array("OCHRE journal");
  for(var page=0x10000000;page<0x10040000;page+=1024){
    // It may begin in this page and end in the next one.
    var bytes=flash.read(page<0x1003fc00?1040:1024,page);
    for(var i=0;i<1024;i+=4)if(bytes[i]==mark[0]&&E.toString(bytes.subarray(i,i+mark.length))=="OCHRE journal"){journalFile={length:data.length,at:page+i};return page+i}
  }
  return 0;
};
`;

/** Lines that the script said, by what they tell. */
export interface Said {
  what: string;
  text: string;
}

/**
 * Writes the image that a board's bundle is part of, evaluates that as `ochre`, then the script; see `evaluateOnInterpreter`.
 * @param changed another image than that of the build
 */
export async function runOnInterpreter(board: string, script: string, changed?: string): Promise<Said[]> {
  const built = (name: string) => readFile(new URL(`../../build/${name}`, import.meta.url), "latin1");
  const manifest: Manifest = JSON.parse(await built(`${board}.json`));
  const bundle = await built(`${board}.js`);
  const image = Buffer.from(changed ?? looseImage(manifest, bundle), "latin1").toString("base64");
  const write = `require("Storage").write(${JSON.stringify(manifest.storage.loose)},atob("${image}"));\n`;
  return evaluateOnInterpreter(bundle, write + script);
}

/**
 * Evaluates a bundle as `ochre`, then the script, and returns what it said.
 * @throws Error with the interpreter's output when it does not reach the end of the script
 */
export async function evaluateOnInterpreter(bundle: string, script: string): Promise<Said[]> {
  if (interpreter === undefined) throw new Error("ESPRUINO names no interpreter");
  const folder = await mkdtemp(join(tmpdir(), "ochre-genuine-"));
  try {
    const file = join(folder, "script.js");
    const guarded = `try{${script}}catch(e){say("ERROR",e.message===undefined?e:e.message+" "+e.stack)}\nsetTimeout(function(){say("END","")},200);\n`;
    await writeFile(file, `${PRELUDE}var ochre=${programOf(bundle)};\n${guarded}`, "latin1");
    const output = await run(interpreter, file, folder);
    // The interpreter's prompt may stand in front of what is said.
    const said = [...output.matchAll(/##(\w+) ?([^\r\n]*)/g)].map(([, what, text]) => ({ what, text }));
    const error = said.find(({ what }) => what === "ERROR");
    if (error !== undefined || !said.some(({ what }) => what === "END")) throw new Error(error?.text ?? output);
    return said;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The token never ends by itself: the script's last line ends it. */
function run(program: string, file: string, cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [file], { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const take = (chunk: Buffer) => {
      output += chunk.toString("latin1");
      if (output.includes("##END")) child.kill();
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("error", reject);
    child.on("close", () => resolve(output));
    setTimeout(() => child.kill(), 50_000).unref();
  });
}
