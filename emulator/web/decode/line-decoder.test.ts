import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeCommand } from "../../../protocol/apdu/command.ts";
import { externalAuthenticate } from "../../../protocol/apdu/external-authenticate.ts";
import {
  encodeTokenInformation,
  getData,
  TAG_CLOCK,
  TAG_TOKEN_INFORMATION,
  TOKEN_STATES,
} from "../../../protocol/apdu/get-data.ts";
import { encodeInitializeUpdateResponse, initializeUpdate } from "../../../protocol/apdu/initialize-update.ts";
import { encodeResponse } from "../../../protocol/apdu/response.ts";
import { encodeFrame, FRAME_COMMAND, FRAME_RESET, FRAME_RESPONSE } from "../../../protocol/framing/frame.ts";
import { wire } from "../wire.ts";
import { LineDecoder } from "./line-decoder.ts";

const bytes = (length: number, from = 0) => Uint8Array.from({ length }, (_, i) => from + i);
const values = (fields: { label: string; value: string }[]) =>
  Object.fromEntries(fields.map(({ label, value }) => [label, value]));

function exchange(decoder: LineDecoder, command: Uint8Array, response: Uint8Array, sequence = 7) {
  return [
    ...decoder.push("to-token", encodeFrame(wire, sequence, FRAME_COMMAND, command)),
    ...decoder.push("to-host", encodeFrame(wire, sequence, FRAME_RESPONSE, response)),
  ];
}

test("the checksum is that of IEEE 802.3", () => {
  expect(wire.crc32(wire.fromLatin1("123456789"))).toBe(0xcbf43926);
});

const INFORMATION = {
  serial: "OC-000001",
  model: bytes(2),
  firmwareVersion: "1.2.3",
  boardName: "pico-keypad",
  assuranceClass: "O" as const,
  state: 2,
  pinTriesLeft: 5,
  keyVersion: 48,
};

test("GET DATA and its answer read as a token's information", () => {
  const [asked, told] = exchange(
    new LineDecoder(),
    encodeCommand(getData(TAG_TOKEN_INFORMATION)),
    encodeResponse(encodeTokenInformation(INFORMATION), 0x9000),
  );
  expect(asked).toMatchObject({ name: "GET DATA", meaning: "getInformation", sequence: 7, secured: false });
  expect(values(asked.fields)).toEqual({ header: "80 CA DF 20" });
  expect(told).toMatchObject({ name: "GET DATA", meaning: "answerWithData", statusWord: 0x9000, secured: false });
  expect(values(told.fields)).toMatchObject({ serialNumber: "OC-000001", board: "pico-keypad", state: "issued" });
  expect(told.fields.find(({ label }) => label === "state")?.word).toBe("stateIssued");
});

test.each([
  ["blank", 0, "noPinYet"],
  ["factory", 0, "noPinYet"],
  ["issued", 5, "noPinYet"],
  ["active", 3, undefined],
  ["locked", 0, undefined],
] as const)("tries of a PIN are counted where there is one: a token that is %s", (state, tries, word) => {
  const [, told] = exchange(
    new LineDecoder(),
    encodeCommand(getData(TAG_TOKEN_INFORMATION)),
    encodeResponse(
      encodeTokenInformation({ ...INFORMATION, state: TOKEN_STATES.indexOf(state), pinTriesLeft: tries }),
      0x9000,
    ),
  );
  const field = told.fields.find(({ label }) => label === "pinTriesLeft");
  expect(field).toEqual({ label: "pinTriesLeft", value: String(tries), word });
});

test.each([
  [1_798_761_600, "2027-01-01T00:00:00.000Z"],
  [Number.MAX_SAFE_INTEGER, String(Number.MAX_SAFE_INTEGER)],
])("a token that waits for an activation code tells when it ends: %d", (activationEnd, value) => {
  const [, told] = exchange(
    new LineDecoder(),
    encodeCommand(getData(TAG_TOKEN_INFORMATION)),
    encodeResponse(encodeTokenInformation({ ...INFORMATION, activationEnd }), 0x9000),
  );
  expect(told.fields).toContainEqual({ label: "activationEnd", value });
});

test("a secure channel's opening shows challenges and cryptograms", () => {
  const decoder = new LineDecoder();
  const answer = {
    diversificationData: bytes(10),
    keyVersion: 3,
    cardChallenge: bytes(8, 0x10),
    cardCryptogram: bytes(8, 0x20),
    sequenceCounter: bytes(3),
  };
  const [opened, challenged] = exchange(
    decoder,
    encodeCommand(initializeUpdate(3, bytes(8, 0xa0))),
    encodeResponse(encodeInitializeUpdateResponse(answer), 0x9000),
  );
  expect(opened).toMatchObject({ name: "INITIALIZE UPDATE", meaning: "initializeUpdate" });
  expect(values(opened.fields)).toMatchObject({ keyVersion: "3", hostChallenge: "A0 A1 A2 A3 A4 A5 A6 A7" });
  expect(values(challenged.fields)).toMatchObject({ cardChallenge: "10 11 12 13 14 15 16 17" });
  const [proved] = exchange(
    decoder,
    encodeCommand(externalAuthenticate(bytes(8), bytes(8, 0x40))),
    encodeResponse(new Uint8Array(0), 0x9000),
  );
  expect(proved).toMatchObject({ name: "EXTERNAL AUTHENTICATE", secured: false });
  expect(values(proved.fields)).toMatchObject({ mac: "40 41 42 43 44 45 46 47", securityLevel: "33" });
});

test("what is secured is shown as such, with its MAC and without a guess at its contents", () => {
  const [command, response] = exchange(
    new LineDecoder(),
    encodeCommand({ cla: 0x84, ins: 0xe2, p1: 0x80, p2: 2, data: bytes(40), le: 256 }),
    encodeResponse(bytes(24), 0x9000),
  );
  expect(command).toMatchObject({ name: "STORE DATA", meaning: "storeLastData", secured: true });
  expect(values(command.fields)).toMatchObject({
    block: "2",
    encryptedBytes: "32",
    mac: "20 21 22 23 24 25 26 27",
  });
  expect(response).toMatchObject({ meaning: "securedAnswer", secured: true, statusWord: 0x9000, fields: [] });
});

test("an error in a session travels bare, and is shown so", () => {
  const [, refused] = exchange(
    new LineDecoder(),
    encodeCommand({ ...getData(TAG_CLOCK), data: bytes(8) }),
    encodeResponse(new Uint8Array(0), 0x6982),
  );
  expect(refused).toMatchObject({ name: "GET DATA", secured: false, statusWord: 0x6982 });
});

test("a command that is sent again is called a repetition; after a RESET it is a new one", () => {
  const decoder = new LineDecoder();
  const text = encodeFrame(wire, 1, FRAME_COMMAND, encodeCommand(getData(TAG_TOKEN_INFORMATION)));
  const meanings = () => decoder.push("to-token", text).map(({ meaning }) => meaning);
  expect(meanings()).toEqual(["getInformation"]);
  expect(meanings()).toEqual(["sentAgain"]);
  decoder.push("to-token", encodeFrame(wire, 2, FRAME_RESET, new Uint8Array(0)));
  expect(meanings()).toEqual(["getInformation"]);
});

test("frames are found in pieces of any size, in both directions at once, and noise between them is counted", () => {
  const frame = encodeFrame(wire, 1, FRAME_COMMAND, encodeCommand(getData(TAG_TOKEN_INFORMATION)));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }), (sizes) => {
      const decoder = new LineDecoder();
      const names: string[] = [];
      for (let at = 0, i = 0; at < frame.length; at += sizes[i++ % sizes.length]) {
        const piece = frame.slice(at, at + sizes[i % sizes.length]);
        names.push(...decoder.push("to-token", piece).map(({ name }) => name));
        decoder.push("to-host", "\x01\x02");
      }
      expect(names).toEqual(["GET DATA"]);
      expect(decoder.push("to-host", "\xc0")[0]).toMatchObject({ meaning: "noise", direction: "to-host" });
    }),
  );
});

test("whatever a frame carries, it is described and nothing is thrown", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 282 }),
      fc.uint8Array({ maxLength: 282 }),
      fc.integer({ min: 0, max: 255 }),
      (command, response, type) => {
        const decoder = new LineDecoder();
        const entries = exchange(decoder, command, response);
        expect(entries).toHaveLength(2);
        expect(decoder.push("to-token", encodeFrame(wire, 9, type, command))).toHaveLength(1);
      },
    ),
  );
});
