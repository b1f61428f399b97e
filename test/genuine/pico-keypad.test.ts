import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { Ssd1306 } from "../../emulator/machine/ssd1306.ts";
import { ScreenReader } from "../../emulator/screen-reader.ts";
import { wire } from "../../host-tools/crypto/node.ts";
import { encodeCommand } from "../../protocol/apdu/command.ts";
import { getData, parseTokenInformation, TAG_TOKEN_INFORMATION, TOKEN_STATES } from "../../protocol/apdu/get-data.ts";
import { parseResponse } from "../../protocol/apdu/response.ts";
import { encodeFrame, FRAME_COMMAND, FRAME_RESPONSE } from "../../protocol/framing/frame.ts";
import { FrameReader } from "../../protocol/framing/frame-reader.ts";
import { prelude, questions } from "../vectors/questions.ts";
import { interpreter, runOnInterpreter } from "./interpreter.ts";

if (interpreter === undefined)
  console.log("Skipped: the genuine Espruino tests. Set ESPRUINO to a Linux build of the interpreter to run them.");

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
/** A byte array in the script. */
const literal = (hex: string) => `new Uint8Array([${[...bytes(hex)].join()}])`;

// Reason to skip: the interpreter is the user's to supply.
describe.skipIf(interpreter === undefined)("the bundle on a genuine Espruino", () => {
  test("boots a factory token, draws its first picture, and answers GET DATA", async () => {
    const request = encodeFrame(wire, 1, FRAME_COMMAND, encodeCommand(getData(TAG_TOKEN_INFORMATION)));
    const said = await runOnInterpreter(
      "pico-keypad",
      `var k=new Uint8Array(16);ochre.install("OC-GENUINE",1,k,k,k);ochre.start();
       USB.emit("data",E.toString(${literal(Buffer.from(request, "latin1").toString("hex"))}));`,
    );
    const manifest = JSON.parse(await readFile(new URL("../../build/pico-keypad.json", import.meta.url), "utf8"));
    const display = new Ssd1306((fault) => expect.fail(fault));
    for (const { what, text } of said) {
      const [address, data] = text.split(" ");
      if (what === "I2C" && Number(address) === manifest.display.address) display.write(bytes(data));
    }
    const screen = new ScreenReader(manifest).lines(display.frame()).map((line) => line.text.trim());
    expect(screen).toEqual(["OCHRE", "OC-GENUINE", "Not personalised", "Take it to your bank"]);

    const answers = said.filter(({ what }) => what === "USB").map(({ text }) => wire.toLatin1(bytes(text)));
    const frames = new FrameReader(wire).push(answers.join(""));
    expect(frames.map(({ type }) => type)).toEqual([FRAME_RESPONSE]);
    const information = parseTokenInformation(parseResponse(frames[0].payload).data);
    expect(information).toMatchObject({ serial: "OC-GENUINE", boardName: "pico-keypad", assuranceClass: "O" });
    expect(TOKEN_STATES[information.state]).toBe("factory");
  });

  test("answers every vector through what the bundle exports", { timeout: 300_000 }, async () => {
    const asked = questions({ maxRounds: 1000 });
    const lines = asked.map(({ script }) => `say("IS",${script});`);
    const said = await runOnInterpreter("pico-keypad", [...prelude, "p=t.crypto.primitives()", ...lines].join(";\n"));
    const answers = said.filter(({ what }) => what === "IS").map(({ text }) => text);
    expect(asked.map(({ name }, i) => `${name}: ${answers[i]}`)).toEqual(
      asked.map(({ name, answer }) => `${name}: ${answer}`),
    );
  });
});
