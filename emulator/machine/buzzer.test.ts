import { expect, test } from "vitest";
import { call, smallMachine } from "../testing/small-bundle.ts";

const members = [
  "tone: function (hertz) { analogWrite(D15, 0.5, { freq: hertz }); }",
  "silence: function () { digitalWrite(D15, 0); }",
  "other: function () { analogWrite(D14, 0.5, { freq: 440 }); }",
].join();

test("a piezo is heard from the PWM of its pin on until a level is written there", () => {
  const machine = smallMachine({ members });
  const changes: number[] = [];
  machine.buzzer.onTone = (hertz) => changes.push(hertz);
  machine.advance(100);
  call(machine, "tone", 2000);
  call(machine, "other");
  expect(machine.buzzer.hertz).toBe(2000);
  machine.advance(80);
  call(machine, "silence");
  call(machine, "silence");
  machine.advance(50);
  call(machine, "tone", 440);
  expect(machine.buzzer.tones).toEqual([
    { at: 100, hertz: 2000, ms: 80 },
    { at: 230, hertz: 440, ms: undefined },
  ]);
  expect(changes).toEqual([2000, 0, 440]);
});

test("without power it is silent", () => {
  const machine = smallMachine({ members });
  call(machine, "tone", 2000);
  machine.advance(30);
  machine.powerOff();
  expect(machine.buzzer.tones).toEqual([{ at: 0, hertz: 2000, ms: 30 }]);
  expect(machine.buzzer.hertz).toBe(0);
});

test("a tone without a frequency is refused: Espruino would take one of its own", () => {
  const machine = smallMachine({ members });
  expect(() => call(machine, "tone", undefined)).toThrow("{ freq: hertz }");
});
