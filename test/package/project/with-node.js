/** A bank's test, with nothing but Node. */
import { equal, rejects, throws } from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { connectRemoteEngine, FastEngine, RecordingEngine, readBuilt, startApi } from "ochre-token/emulator";
import { wire } from "ochre-token/host-tools";
import { encodeFrame, FRAME_RESET, FRAME_RESET_ACK } from "ochre-token/protocol/framing/frame";
import { FrameReader } from "ochre-token/protocol/framing/frame-reader";
import { assertScreen, assertShows, bootToken, codeOf } from "ochre-token/testing";
import { SerialPort } from "serialport";

test("a token boots, and its keys and screen work", async () => {
  await using token = await bootToken({ port: false, seed: 7 });
  assertShows(token, /OCHRE/);
  assertScreen(token, "plain/home", import.meta.url);
  token.press("MENU");
  assertShows(token, "pico-keypad");
  throws(() => codeOf(token), /┌─+┐/);
  throws(() => token.press("ENTER"), /CLEAR/);
});

test("its serial port answers whoever opens it", async () => {
  await using token = await bootToken();
  const port = new SerialPort({ path: token.path, baudRate: 115200 });
  await once(port, "open");
  port.write(Buffer.from(encodeFrame(wire, 9, FRAME_RESET, new Uint8Array(0)), "latin1"));
  const reader = new FrameReader(wire);
  let answer = reader.push("")[0];
  while (answer === undefined) {
    const [bytes] = await once(port, "data");
    answer = reader.push(bytes.toString("latin1"))[0];
  }
  equal(answer.type, FRAME_RESET_ACK);
  await new Promise((resolve) => port.close(resolve));
});

test("a board that was never built is named", async () => {
  await rejects(bootToken({ board: "toaster" }), /toaster/);
});

test("an engine is driven over HTTP, and what was done to it is played again", async () => {
  const key = new Uint8Array(16).fill(0x40);
  const install = { serial: "OC-1", keyVersion: 1, enc: key, mac: key, dek: key };
  const boot = async () => FastEngine.boot({ ...(await readBuilt("pico-keypad")), install });
  const engine = new RecordingEngine(await boot());
  const api = await startApi(engine, 0);
  const remote = await connectRemoteEngine(api.url);
  await engine.startRecording();
  await remote.press(["MENU"]);
  equal((await remote.screen()).on, true);
  const recording = await engine.stopRecording();
  equal(recording.steps.length, 1);
  await (await boot()).replay(recording);
  await remote.close();
  await api.close();
  await engine.close();
});
