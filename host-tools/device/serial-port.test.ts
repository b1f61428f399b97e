import { afterEach, describe, expect, it } from "vitest";
import { openPseudoTerminal } from "../../emulator/serial/pseudo-terminal.ts";
import { Responder } from "../../protocol/framing/responder.ts";
import { wire } from "../crypto/node.ts";
import { openSerialTransport } from "./serial-port.ts";

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** A token behind a pseudo-terminal. */
async function device() {
  const pty = await openPseudoTerminal();
  let vanished = false;
  const vanish = () => {
    if (!vanished) pty.close();
    vanished = true;
  };
  opened.push(vanish);
  const executed: Uint8Array[] = [];
  const state = { before: "", mute: 0, resets: 0 };
  const responder = new Responder(
    wire,
    (command) => {
      executed.push(command);
      return command.slice().reverse();
    },
    () => {
      state.resets++;
    },
  );
  pty.onData((text) => {
    const answer = responder.receive(text);
    if (answer === "" || state.mute-- > 0) return;
    pty.write(state.before + answer);
  });
  return { path: pty.path, executed, state, vanish };
}

async function connect(path: string, timeoutMs = 300) {
  const transport = await openSerialTransport(path, { timeoutMs, retries: 3 });
  opened.push(() => transport.close());
  return transport;
}

describe("a token on a serial port", () => {
  it("is reset when the port opens, and answers every byte value unchanged", async () => {
    const { path, state, executed } = await device();
    const transport = await connect(path);
    expect(state.resets).toBe(1);
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(await transport.exchange(all)).toEqual(all.slice().reverse());
    expect(executed).toEqual([all]);
  });

  it("is understood behind garbage that was waiting on the line", async () => {
    const { path, state } = await device();
    state.before = `>>> boot messages\r\n\xdb\xff\xc0`;
    const transport = await connect(path);
    expect(await transport.exchange(new Uint8Array([1, 2, 3, 4]))).toEqual(new Uint8Array([4, 3, 2, 1]));
  });

  it("executes a command once when its first answer is lost", async () => {
    const { path, state, executed } = await device();
    const transport = await connect(path);
    state.mute = 1;
    expect(await transport.exchange(new Uint8Array([1, 2, 3, 4]))).toEqual(new Uint8Array([4, 3, 2, 1]));
    expect(executed.length).toBe(1);
  });

  it("fails at once with `vanished` when the cable is pulled in the middle of an exchange", async () => {
    const { path, state, vanish } = await device();
    const transport = await connect(path, 20_000);
    state.mute = 1;
    const exchange = transport.exchange(new Uint8Array([1, 2, 3, 4]));
    setTimeout(vanish, 50);
    await expect(exchange).rejects.toMatchObject({ fault: "vanished", path });
    await expect(transport.exchange(new Uint8Array(4))).rejects.toMatchObject({ fault: "vanished" });
  });

  it("belongs to one program at a time", async () => {
    const { path } = await device();
    await connect(path);
    await expect(openSerialTransport(path)).rejects.toMatchObject({
      fault: "locked",
      message: expect.stringContaining("in use by another program"),
    });
  });

  it("can be opened again after it was closed", async () => {
    const { path, state } = await device();
    await (await connect(path)).close();
    const again = await connect(path);
    expect(await again.exchange(new Uint8Array([1, 2, 3, 4]))).toEqual(new Uint8Array([4, 3, 2, 1]));
    expect(state.resets).toBe(2);
  });

  it("is given back when it does not answer", async () => {
    const { path, state } = await device();
    state.mute = 2;
    await expect(openSerialTransport(path, { timeoutMs: 30, retries: 1 })).rejects.toMatchObject({
      fault: "no-answer",
    });
    await connect(path);
  });

  it("that does not exist, or is no serial port, is refused by name", async () => {
    await expect(openSerialTransport("/dev/no-such-port")).rejects.toMatchObject({
      fault: "not-found",
      message: expect.stringContaining("/dev/no-such-port"),
    });
    await expect(openSerialTransport(import.meta.filename)).rejects.toMatchObject({ fault: "not-a-port" });
  });
});
