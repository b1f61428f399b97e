import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Responder } from "../../protocol/framing/responder.ts";
import { runs } from "../../test/fuzz/runs.ts";
import { wire } from "../crypto/node.ts";
import { FrameTransport } from "./frame-transport.ts";
import { MemoryLine } from "./memory-line.ts";
import { PortError } from "./port-error.ts";

const OPTIONS = { timeoutMs: 20, retries: 3 };

/** A token that answers a command with its bytes in reverse order and counts what it executes. */
function device() {
  const executed: string[] = [];
  let resets = 0;
  const responder = new Responder(
    wire,
    (command) => {
      executed.push(Buffer.from(command).toString("hex"));
      return command.slice().reverse();
    },
    () => {
      resets++;
    },
  );
  const line = new MemoryLine((text) => responder.receive(text));
  return { line, executed, resets: () => resets };
}

const apdu = fc.uint8Array({ minLength: 4, maxLength: 261 });

describe("a transport", () => {
  it("brings every command to the token and its answer back, whatever the bytes and the pieces they arrive in", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(apdu, { maxLength: 5 }), fc.integer({ min: 1, max: 300 }), async (commands, chunk) => {
        const { line, executed } = device();
        line.chunk = chunk;
        const transport = new FrameTransport(line, OPTIONS);
        for (const command of commands) expect(await transport.exchange(command)).toEqual(command.slice().reverse());
        expect(executed.length).toBe(commands.length);
      }),
      { numRuns: runs(40) },
    );
  });

  it("finds the answer behind noise, and the token finds the command behind noise", async () => {
    const noise = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
      maxLength: 700,
    });
    await fc.assert(
      fc.asyncProperty(noise, noise, apdu, async (before, behind, command) => {
        const { line, executed } = device();
        line.chunk = 64;
        line.toToken = (text) => before + text;
        line.toHost = (text) => behind + text;
        const transport = new FrameTransport(line, OPTIONS);
        expect(await transport.exchange(command)).toEqual(command.slice().reverse());
        expect(executed.length).toBe(1);
      }),
      { numRuns: runs(40) },
    );
  });

  it("lets a command whose answer was lost be executed once", async () => {
    const { line, executed } = device();
    let lost = 2;
    line.toHost = (text) => (lost-- > 0 ? "" : text);
    const transport = new FrameTransport(line, OPTIONS);
    expect(await transport.exchange(new Uint8Array([1, 2, 3, 4]))).toEqual(new Uint8Array([4, 3, 2, 1]));
    expect(executed).toEqual(["01020304"]);
  });

  it("sends a command again that was damaged on its way", async () => {
    const { line, executed } = device();
    let damaged = 3;
    line.toToken = (text) => (damaged-- > 0 ? text.replace("\x02", "\x03") : text);
    const transport = new FrameTransport(line, OPTIONS);
    await transport.exchange(new Uint8Array([9, 2, 9, 9]));
    expect(executed).toEqual(["09020909"]);
  });

  it("executes the same command twice when it is asked twice", async () => {
    const { line, executed } = device();
    const transport = new FrameTransport(line, OPTIONS);
    await transport.exchange(new Uint8Array([1, 1, 1, 1]));
    await transport.exchange(new Uint8Array([1, 1, 1, 1]));
    expect(executed.length).toBe(2);
  });

  it("carries overlapping commands out one after the other, in the order of the calls", async () => {
    const { line, executed } = device();
    let outstanding = 0;
    let most = 0;
    line.toToken = (text) => {
      most = Math.max(most, ++outstanding);
      return text;
    };
    line.toHost = (text) => {
      outstanding--;
      return text;
    };
    const transport = new FrameTransport(line, OPTIONS);
    const commands = Array.from({ length: 20 }, (_, i) => new Uint8Array([0, 0, 0, i]));
    const answers = await Promise.all(commands.map((command) => transport.exchange(command)));
    expect(answers.map((answer) => answer[0])).toEqual(commands.map((command) => command[3]));
    expect(executed.map((hex) => Number.parseInt(hex.slice(6), 16))).toEqual(commands.map((_, i) => i));
    expect(most).toBe(1);
  });

  it("says that nobody answered, and in how many milliseconds, and can go on afterwards", async () => {
    const { line } = device();
    line.toHost = () => "";
    const transport = new FrameTransport(line, { timeoutMs: 5, retries: 2 });
    await expect(transport.exchange(new Uint8Array(4))).rejects.toMatchObject({
      fault: "no-answer",
      message: expect.stringMatching(/15 ms.*has it power\?/),
    });
    line.toHost = (text) => text;
    expect(await transport.exchange(new Uint8Array([1, 2, 3, 4]))).toEqual(new Uint8Array([4, 3, 2, 1]));
  });

  it("does not pour copies into a line that takes none", async () => {
    const { line } = device();
    let written = 0;
    line.write = () => {
      written++;
      return new Promise(() => {});
    };
    const transport = new FrameTransport(line, { timeoutMs: 5, retries: 3 });
    await expect(transport.exchange(new Uint8Array(4))).rejects.toMatchObject({ fault: "no-answer" });
    expect(written).toBe(1);
  });

  it("does not take a late answer for the answer to the next command", async () => {
    const { line } = device();
    let late = "";
    line.toHost = (text) => {
      late = text;
      return "";
    };
    const transport = new FrameTransport(line, { timeoutMs: 5, retries: 0 });
    await expect(transport.exchange(new Uint8Array([1, 2, 3, 4]))).rejects.toThrow(PortError);
    line.toHost = (text) => late + text;
    expect(await transport.exchange(new Uint8Array([5, 6, 7, 8]))).toEqual(new Uint8Array([8, 7, 6, 5]));
  });

  it("ends what is under way and all that waits when the line vanishes, at once", async () => {
    const { line } = device();
    line.toHost = () => "";
    const transport = new FrameTransport(line, { timeoutMs: 60_000 });
    const waiting = [transport.exchange(new Uint8Array(4)), transport.exchange(new Uint8Array(4)), transport.reset()];
    setImmediate(() => line.onEnd(new PortError("vanished", "memory", "gone")));
    for (const result of await Promise.allSettled(waiting))
      expect(result).toMatchObject({ status: "rejected", reason: { fault: "vanished" } });
    await expect(transport.exchange(new Uint8Array(4))).rejects.toMatchObject({ fault: "vanished" });
  });

  it("takes a failed write for a vanished line", async () => {
    const { line } = device();
    line.write = () => Promise.reject(new Error("EIO"));
    await expect(new FrameTransport(line).exchange(new Uint8Array(4))).rejects.toMatchObject({ fault: "vanished" });
  });

  it("refuses everything after it was closed", async () => {
    const { line } = device();
    const transport = new FrameTransport(line, OPTIONS);
    await transport.close();
    await expect(transport.exchange(new Uint8Array(4))).rejects.toMatchObject({ fault: "closed" });
  });

  it("resets the token once, even when the acknowledgement was lost on the way", async () => {
    const { line, resets } = device();
    const transport = new FrameTransport(line, OPTIONS);
    await transport.reset();
    expect(resets()).toBe(1);
    let lost = 1;
    line.toHost = (text) => (lost-- > 0 ? "" : text);
    await transport.reset();
    expect(resets()).toBe(3); // a reset can be repeated without harm: it is not cached
  });
});
