/** The experimental bundle on a genuine Espruino, whose own Graphics stands for the display of a Pixl.js. */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { Manifest } from "../../emulator/machine/manifest.ts";
import { bootToken } from "../../emulator/testing/token.ts";
import { keysFor } from "../../emulator/testing/typed-keys.ts";
import { laboratoryIssue } from "../../host-tools/cli/laboratory-issue.ts";
import { makeChallenge } from "../../protocol/otp/challenge.ts";
import { interpreter, runOnInterpreter } from "./interpreter.ts";

const SERIAL = "LAB-GENUINE";
/** Few presses choose its digits. */
const PIN = "901092";
const CHALLENGE = makeChallenge("3456", "20117");

/**
 * What a Pixl.js has and the Linux build lacks: `g` in its layout, buttons, and time that passes when it is told to. `press` holds a
 * button for 60 ms and lets go of it for as long.
 */
const BOARD = `
var g=Graphics.createArrayBuffer(128,64,1,{msb:true});
g.flip=function(){};
var power=[],asleep=0;
var Pixl={setLCDPower:function(on){power.push(on?1:0)}},NRF={sleep:function(){asleep++}};
var BTN1=D1,BTN2=D2,BTN3=D3,BTN4=D4,down=0,watches=[],modes=[];
var ORDER={UP:8,DOWN:4,OK:2,CLEAR:1};
function digitalRead(){return down}
function pinMode(pin,mode){modes.push(mode)}
function setWatch(call,pin,options){watches.push([call,options.edge])}
var now=0,timers=[],made=0;
function setTimeout(call,ms){timers.push({id:++made,at:now+ms,call:call});return made}
function clearTimeout(id){timers=timers.filter(function(t){return t.id!==id})}
function advance(ms){
  var end=now+ms;
  for(;;){
    var next=undefined;
    timers.forEach(function(t){if(t.at<=end&&(next===undefined||t.at<next.at))next=t});
    if(next===undefined)break;
    now=next.at;
    clearTimeout(next.id);
    next.call();
  }
  now=end;
}
function press(keys){
  keys.forEach(function(key){
    down=ORDER[key];
    watches[0][0]();
    advance(60);
    down=0;
    advance(60);
  });
  advance(1000);
}
function picture(){say("PICTURE",hex(new Uint8Array(g.buffer)))}
`;

/** What `g` holds, by rows, as a display of pages has it. */
function columns(hex: string): Uint8Array {
  const rows = Buffer.from(hex, "hex");
  const frame = new Uint8Array(1024);
  for (let y = 0; y < 64; y++)
    for (let x = 0; x < 128; x++)
      if ((rows[y * 16 + (x >> 3)] << (x & 7)) & 0x80) frame[(y >> 3) * 128 + x] |= 1 << (y & 7);
  return frame;
}

const manifest = async () =>
  JSON.parse(await readFile(new URL("../../build/pixljs.json", import.meta.url), "utf8")) as Manifest;

// Reason to skip: the interpreter is the user's to supply; pico-keypad.test.ts says so in a line.
describe.skipIf(interpreter === undefined)("the bundle of pixljs on a genuine Espruino", () => {
  test("is issued, takes a PIN, and gives codes by counter: each picture is that of the virtual board, to the pixel", async () => {
    const keypad = await manifest();
    const typed = (digits: string) => [...[...digits].flatMap((digit) => keysFor(keypad, digit)), "OK"];
    const steps = [
      [],
      ["OK"],
      typed(PIN),
      typed(PIN),
      ["OK"],
      typed(PIN),
      ["OK"],
      ["CLEAR", "OK", ...typed(PIN), "OK"],
      ["CLEAR", "OK", ...typed(PIN), "DOWN", "OK"],
      typed(CHALLENGE),
      ["OK"],
    ];
    const issue = laboratoryIssue(SERIAL);
    const entries = issue.entries.map(({ id, value }) => `{id:${id},value:new Uint8Array([${value.join()}])}`);
    const said = await runOnInterpreter(
      "pixljs",
      `${BOARD}
       ochre.install([${entries.join()}]);
       watches=[];timers=[];
       ochre.start();
       ${steps.map((keys) => `press(${JSON.stringify(keys)});picture();`).join("\n")}
       say("ASLEEP",asleep);say("EDGES",watches.map(function(w){return w[1]}).join());say("MODES",modes.join());
       say("END","");`,
    );
    const token = await bootToken({ board: "pixljs", port: false, install: issue });
    const pictures = said.filter(({ what }) => what === "PICTURE").map(({ text }) => columns(text));
    expect(pictures).toHaveLength(steps.length);
    for (const [i, keys] of steps.entries()) {
      token.press(...keys);
      token.advance({ seconds: 1 });
      expect(
        Buffer.from(pictures[i]).equals(Buffer.from(token.machine.display.frame())),
        `step ${i}: ${token.text()}`,
      ).toBe(true);
    }
    // A code of RFC 4226 went before.
    expect(token.text()).toMatch(/\d{4} \d{4}/);
    const told = (name: string) => said.find(({ what }) => what === name)?.text;
    expect(told("ASLEEP")).toBe("1");
    expect(told("EDGES")).toBe("rising,rising,rising,rising");
    expect(new Set(told("MODES")?.split(","))).toEqual(new Set(["input_pulldown"]));
    await token.close();
  });
});
