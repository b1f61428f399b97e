import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { encodeCommand } from "../../../protocol/apdu/command.ts";
import { ORDER_OFFSET, orderResult, signOrder } from "../../../protocol/apdu/sign-order.ts";
import { encodeTlv } from "../../../protocol/apdu/tlv.ts";
import { encodeUnixTime } from "../../../protocol/apdu/unix-time.ts";
import { sayStatus } from "../strings.ts";
import { describeCommand } from "./command.ts";
import { describeResponse } from "./response.ts";

const folder = new URL("../../../protocol/apdu/", import.meta.url);
const constants = new Map<string, number>();
for (const name of readdirSync(folder).filter((file) => /(?<!\.test)\.ts$/.test(file)))
  for (const [key, value] of Object.entries(await import(new URL(name, folder).href)))
    if (/^(INS|TAG|SW)_/.test(key)) constants.set(key, value as number);
const of = (kind: string) => [...constants].filter(([name]) => name.startsWith(kind));

const described = (ins: number, p1 = 0, p2 = 0, data: Uint8Array = new Uint8Array(0)) =>
  describeCommand(encodeCommand({ cla: 0x80, ins, p1, p2, data, le: 256 }));

test("the protocol's constants are found", () => {
  expect([of("INS_").length, of("TAG_").length, of("SW_").length].every((found) => found >= 8)).toBe(true);
});

test.each(of("INS_"))("the instruction %s has a name and a meaning", (_, ins) => {
  const { name, meaning } = described(ins);
  expect(name).not.toMatch(/^INS |\?/);
  expect(meaning).not.toBe("unknownCommand");
});

test.each(of("TAG_"))("the data object %s is told from any other", (_, tag) => {
  if (tag > 0xff) {
    expect(described(constants.get("INS_GET_DATA")!, tag >> 8, tag & 0xff).meaning).not.toBe("getOther");
    return;
  }
  const { fields } = described(constants.get("INS_STORE_DATA")!, 0, 0, encodeTlv(tag, Uint8Array.of(0x80, 0)));
  expect(fields.find(({ label }) => label === "dataObject")?.word).toMatch(/^object/);
});

test("no two instructions, and no two data objects that are asked for, are called the same", () => {
  const meanings = [
    ...of("INS_").map(([, ins]) => described(ins).meaning),
    ...of("TAG_")
      .filter(([, tag]) => tag > 0xff)
      .map(([, tag]) => described(constants.get("INS_GET_DATA")!, tag >> 8, tag & 0xff).meaning),
  ];
  expect(new Set(meanings).size).toBe(meanings.length);
});

test.each(of("SW_"))("the status word %s is said in both languages", (_, statusWord) => {
  const [en, vi] = (["en", "vi"] as const).map((language) => sayStatus(language, statusWord));
  expect(en).not.toBe(vi);
  expect(en).not.toMatch(/^status word /);
});

test("an order shows its nonce and when it expires, and its result who signed what", () => {
  const body = new Uint8Array(ORDER_OFFSET + 20).fill(7);
  body.set(encodeUnixTime(1_800_000_000), 8);
  const commands = signOrder(body, new Uint8Array(16)).map((command) => describeCommand(encodeCommand(command)));
  expect(commands).toHaveLength(1);
  expect(commands[0]).toMatchObject({ name: "SIGN ORDER", meaning: "signLastOrder", secured: false });
  expect(commands[0].fields).toContainEqual({ label: "nonce", value: "07 07 07 07 07 07 07 07" });
  expect(commands[0].fields).toContainEqual({ label: "expiry", value: "2027-01-15T08:00:00.000Z" });
  const asked = describeCommand(encodeCommand(orderResult()));
  const signed = describeResponse(Uint8Array.of(2, ...new Uint8Array(64).fill(0xab), 0x90, 0), asked);
  expect(signed.fields.map(({ label }) => label)).toEqual(["order", "orderHash", "signature"]);
  expect(describeResponse(Uint8Array.of(4, 0x90, 0), asked).fields).toEqual([
    { label: "order", value: "4", word: "orderDropped" },
  ]);
});
