/**
 * The Storage file that Espruino runs at every start: it closes the console, in its first statement, and starts the token. From then on
 * nobody can put anything right over the cable, so that half of this file must never run: its first four bytes are an empty comment,
 * and as long as the two that end the comment are not written, the interpreter takes all that follows for part of it.
 *
 * Of the two slots for firmware images it takes the one with the higher version, of those whose header is whole; when that one throws
 * while it starts, the other one. No update replaces this file.
 */
import { IMAGE_HEADER_LENGTH } from "../../protocol/image/firmware-image.ts";

/** @param images name of the Storage file with the slots @param slotBytes bytes of each */
export function bootFile(images: string, slotBytes: number): string {
  const name = JSON.stringify(images);
  const found = [
    // Slots begin at the first page of the file.
    "var a=-E.getAddressOf(s.read(n),true)&4095",
    `l=[a,a+${slotBytes}].map(function(a){var h=s.read(n,a,${IMAGE_HEADER_LENGTH}),w=new Uint32Array(E.toArrayBuffer(h));` +
      "return{a:a,v:E.CRC32(h)?0:w[1],t:a+w[2],l:w[3]}})",
  ].join();
  const newest = "l.filter(function(x){return x.v}).sort(function(x,y){return y.v-x.v})";
  const choose = `var i=(function(s,n){${found};return ${newest}})(require("Storage"),${name});`;
  // Not in a function, whose scope would stay, nor in a variable, where the exports would.
  const start = `eval(require("Storage").read(${name},i[0].t,i[0].l)).start(${name},i[0].a);i=0`;
  return `/**/E.setConsole(null,{force:true});${choose}while(i[0])try{${start}}catch(e){i.shift()}`;
}

/** The same where there is one image, in a file of its own. @param at where in it the bundle begins @param length of the bundle */
export function looseBootFile(file: string, at: number, length: number): string {
  return `/**/E.setConsole(null,{force:true});eval(require("Storage").read(${JSON.stringify(file)},${at},${length})).start();`;
}
