import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { PatientWriter } from "./patient-writer.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("all that is written arrives once and in order, however little the device takes at a time", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ maxLength: 9000 })), fc.array(fc.nat({ max: 5000 })), async (texts, room) => {
      let arrived = "";
      const takes = [...room];
      const writer = new PatientWriter((text) => {
        const taken = text.slice(0, takes.shift() ?? 1000);
        arrived += taken;
        return taken.length;
      });
      for (const text of texts) {
        writer.write(text);
        expect(arrived.length + writer.waiting).toBeLessThanOrEqual(texts.join("").length);
        await vi.advanceTimersByTimeAsync(10);
      }
      await vi.advanceTimersByTimeAsync(10 * room.length);
      await writer.taken();
      expect(arrived).toBe(texts.join(""));
      expect(writer.waiting).toBe(0);
    }),
    { numRuns: runs(100) },
  );
});

/** It takes nothing until it is opened, and then all. */
function closedDevice() {
  const device = { open: false, arrived: "" };
  const writer = new PatientWriter((text) => {
    if (device.open) device.arrived += text;
    return device.open ? text.length : 0;
  });
  return { device, writer };
}

test("who waits for a device that takes nothing waits for five seconds; it is asked on, and all of it arrives", async () => {
  const { device, writer } = closedDevice();
  writer.write("first");
  let over = false;
  const taken = writer.taken().then(() => {
    over = true;
  });
  await vi.advanceTimersByTimeAsync(4900);
  expect(over).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  await taken;
  writer.write(", second");
  await writer.taken();
  device.open = true;
  await vi.advanceTimersByTimeAsync(20);
  expect(device.arrived).toBe("first, second");
});

test("what waits when it stops is lost, and nobody waits on", async () => {
  const { device, writer } = closedDevice();
  writer.write("lost");
  const taken = writer.taken();
  writer.stop();
  await taken;
  device.open = true;
  await vi.advanceTimersByTimeAsync(1000);
  expect(device.arrived).toBe("");
});
