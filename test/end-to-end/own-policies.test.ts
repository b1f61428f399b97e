/** A token with as many credentials as it takes, each with a name of the bank's choice and a policy of its own. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { codeOf } from "../../emulator/testing/capture.ts";
import { bootToken, type Token } from "../../emulator/testing/token.ts";
import { aes128 } from "../../host-tools/crypto/node.ts";
import { LABORATORY_ISSUER_ID, laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { deriveTransportKeys } from "../../host-tools/keys/transport-keys.ts";
import { parseCredentialFile } from "../../host-tools/provisioning/credential-file.ts";
import { CLA_SECURE_MESSAGING } from "../../protocol/apdu/command.ts";
import { KIND_COUNTER_CODE, KIND_TIME_CODE } from "../../protocol/apdu/credential-kind.ts";
import { type PersonalisationData, TAG_CREDENTIAL, TAG_POLICY } from "../../protocol/apdu/personalisation-data.ts";
import { setClock } from "../../protocol/apdu/set-clock.ts";
import { SW_OK, SW_WRONG_DATA } from "../../protocol/apdu/status-word.ts";
import { storeData } from "../../protocol/apdu/store-data.ts";
import { builtBundle, memoryTransport, PIN, setPin } from "./bank.ts";
import { openBareSession } from "./bare-session.ts";
import { personaliseToken } from "./personalised.ts";

const SERIAL = "OC-OWN-POLICIES";
/** Five seconds into a time step. */
const NOW = 1_800_000_005;
const SECONDS = 120;
const MODEL = new Uint8Array([0, 1]);
const NONE = new Uint8Array(0);
const credentials = parseCredentialFile(
  JSON.stringify([
    { kind: "counter-code", label: "Đăng nhập", pinSeconds: SECONDS },
    { kind: "counter-code", label: "Ẵ Ỹ ngân hàng" },
    { kind: "counter-code", label: "Tiết kiệm 3", pinSeconds: 1 },
    ...[4, 5, 6, 7].map((number) => ({ kind: "time-code", label: `Tài khoản ${number}`, pinSeconds: SECONDS })),
    { kind: "sign", label: "Chuyển tiền", currency: "VND", pinSeconds: SECONDS },
  ]),
);

let token: Token;
beforeEach(async () => {
  token = await bootToken({
    ...(await builtBundle()),
    port: false,
    install: { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) },
  });
  await personaliseToken(token, NOW, { credentials, policy: { autoOffSeconds: 60 } });
  await setPin(token);
  token.press("OK", ...PIN, "OK");
});
afterEach(() => token.close());

test("names are shown as the bank wrote them, in Vietnamese", () => {
  const seen = new Set<string>();
  for (let at = 0; at < credentials.length; at++) {
    for (const line of token.screen()) seen.add(line.replace(/^\W*\d /, "").trim());
    token.press("DOWN");
  }
  for (const { label } of credentials) expect(seen).toContain(label);
  token.press("2");
  expect(token.text()).toContain("Ẵ Ỹ ngân hàng");
});

test("the PIN is good for more codes where the credential says so, and for no other", () => {
  token.press("1");
  const first = codeOf(token);
  token.press("OK");
  expect(token.text()).toContain("Choose a code");
  token.press("1");
  expect(codeOf(token)).not.toBe(first);
  token.press("OK", "4");
  expect(codeOf(token)).toMatch(/^\d{8}$/);
  token.press("OK", "2");
  expect(token.text()).toContain("Enter your PIN");
  // The right to the others went with it.
  token.press("CLEAR", "OK");
  expect(token.text()).toContain("Enter your PIN");
  token.press(...PIN, "OK", "2");
  expect(codeOf(token)).toMatch(/^\d{8}$/);
  token.press("OK");
  expect(token.machine.display.on).toBe(false);
});

test("the PIN is good for its seconds, each credential's own", () => {
  token.press("1");
  token.advance({ seconds: 2 });
  token.press("OK", "3");
  expect(token.text()).toContain("Enter your PIN");
  token.press(...PIN, "OK", "1");
  for (let seconds = 0; seconds < SECONDS - 30; seconds += 30) {
    token.advance({ seconds: 30 });
    token.press("OK", "1");
    expect(codeOf(token)).toMatch(/^\d{8}$/);
  }
  token.advance({ seconds: 31 });
  token.press("OK", "1");
  expect(token.text()).toContain("Enter your PIN");
});

test("it ends when the display goes dark, by itself or by a key, and with the power", () => {
  for (const end of [
    () => token.press("OFF"),
    () => token.press("OK", "CLEAR"),
    () => token.advance({ seconds: 61 }),
    () => {
      token.powerOff();
      token.powerOn();
      token.press("OK");
      token.advance({ seconds: 61 });
    },
  ]) {
    token.press("1");
    expect(codeOf(token)).toMatch(/^\d{8}$/);
    end();
    expect(token.machine.display.on).toBe(false);
    token.press("OK");
    expect(token.text()).toContain("Enter your PIN");
    token.press(...PIN, "OK");
  }
});

test("a time code's bar moves on with a second code as with the first", () => {
  for (let times = 0; times < 3; times++) {
    token.press("4");
    const before = token.text();
    token.advance({ seconds: 2 });
    expect(token.text()).not.toBe(before);
    token.press("OK");
  }
  expect(token.machine.faults).toEqual([]);
});

test("two of a kind that their customer could not tell apart are refused, in one block of STORE DATA or in two", async () => {
  const issuer = deriveTransportKeys(new Uint8Array(16).fill(0x1a), 0x30, LABORATORY_ISSUER_ID, SERIAL, MODEL);
  /** What the token answers to SET CLOCK and to each block, until one is refused. The confirmation is right. */
  const stored = async (...named: [kind: number, label: string][]) => {
    const made = named.map(([kind, label], slot): PersonalisationData => {
      const suite = kind === KIND_TIME_CODE ? "TOTP-SHA256-8-30" : "HOTP-SHA256-8";
      return { tag: TAG_CREDENTIAL, slot, kind, label, suite, key: new Uint8Array(64).fill(slot), parameters: NONE };
    });
    const objects = [{ tag: TAG_POLICY, pinTryLimit: 5, autoOffSeconds: 30, language: 1 } as const, ...made];
    const session = await openBareSession(memoryTransport(token), issuer);
    const answers: number[] = [];
    for (const block of [setClock(NOW), ...storeData(aes128(issuer.dek), objects)]) {
      answers.push((await session.send({ ...block, cla: block.cla | CLA_SECURE_MESSAGING })).statusWord);
      if (answers.at(-1) !== SW_OK) break;
    }
    return answers;
  };
  const others: [number, string][] = [1, 2, 3, 4].map((number) => [KIND_COUNTER_CODE, `Tai khoan ${number}`]);
  expect(await stored([KIND_TIME_CODE, "A"], [KIND_TIME_CODE, "A"])).toEqual([SW_OK, SW_WRONG_DATA]);
  expect(await stored([KIND_TIME_CODE, ""], [KIND_TIME_CODE, ""])).toEqual([SW_OK, SW_WRONG_DATA]);
  const later = await stored([KIND_TIME_CODE, "A"], ...others, [KIND_TIME_CODE, "A"]);
  expect(later.length).toBeGreaterThan(2);
  expect(later.at(-1)).toBe(SW_WRONG_DATA);
  for (const fine of ["B", ""])
    expect((await stored([KIND_TIME_CODE, "A"], ...others, [KIND_TIME_CODE, fine])).at(-1)).toBe(SW_OK);
  expect((await stored([KIND_TIME_CODE, ""], [KIND_COUNTER_CODE, ""])).at(-1)).toBe(SW_OK);
});
