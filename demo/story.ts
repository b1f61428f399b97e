/**
 * The main job from beginning to end: a token in its factory state is personalised over its serial port, a customer sets a PIN and reads
 * codes from its screen, and the server judges each of them. Every step that turns out otherwise than told throws.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codeOf } from "../emulator/testing/capture.ts";
import { bootToken, type Token } from "../emulator/testing/token.ts";
import { keptBoard } from "../firmware/build/kept.ts";
import { openSerialTransport } from "../host-tools/device/serial-port.ts";
import { tokenInfo } from "../host-tools/device/token.ts";
import { createKeystore, readKeystore } from "../host-tools/keys/keystore.ts";
import { LABORATORY_KEY_VERSION, laboratoryTransportKeys } from "../host-tools/keys/laboratory.ts";
import { LaboratoryKeyService } from "../host-tools/keys/laboratory-key-service.ts";
import { enrol } from "../host-tools/provisioning/enrol.ts";
import { provision } from "../host-tools/provisioning/provision.ts";
import { openKeysFile } from "../host-tools/validation-server/keys-file.ts";
import { type RunningServer, startServer } from "../host-tools/validation-server/server.ts";
import { LANGUAGE_ENGLISH, LANGUAGE_VIETNAMESE } from "../protocol/apdu/credential-kind.ts";
import { TOKEN_STATES } from "../protocol/apdu/get-data.ts";
import { sentences } from "./sentences.ts";

export interface StoryOptions {
  language: "en" | "vi";
  serial?: string;
  /** A step begins: what happens, in a sentence. */
  tell: (sentence: string) => void;
  /** The token's screen as it is now, in block characters. */
  show: (picture: string) => void;
  /** Of the terminal that shows it. */
  columns?: number;
}

/** What the story leaves running. */
export interface Told {
  token: Token;
  server: RunningServer;
  /** Where the bank's API key lies, and the customer, for whoever wants to go on. */
  bankKeyFile: string;
  customer: string;
  pin: string;
  close(): Promise<void>;
}

/** The customer of the story, and the payment that is signed. */
const CUSTOMER = "nguyen-thi-mai";
const PIN = "274913";
const PAYEE = { account: "0071000123456", name: "TRẦN VĂN BÌNH", amount: "1500000", currency: "VND" };

/** The server's log lines have no place between the story's. */
const silence = { write: () => undefined };

/** @throws Error at the first step that turns out otherwise than told */
export async function tellStory({ language, serial = "OC-000001", tell, show, columns }: StoryOptions): Promise<Told> {
  const words = sentences[language];
  const folder = mkdtempSync(join(tmpdir(), "ochre-story-"));
  // Keys lie there: whatever ends the process takes them away.
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  const undo: (() => Promise<unknown>)[] = [
    async () => {
      remove();
      process.off("exit", remove);
    },
  ];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const { bundle, manifest } = await keptBoard("pico-keypad");
    const keys = laboratoryTransportKeys(serial);
    const token = await bootToken({
      bundle,
      manifest,
      announce: true,
      install: { serial, keyVersion: LABORATORY_KEY_VERSION, enc: keys.enc, mac: keys.mac, dek: keys.dek },
    });
    undo.push(() => token.close());
    const picture = () => show(token.picture(columns));
    tell(words.factory(manifest.bytes, token.path));
    picture();

    const { keys: serverKeys } = openKeysFile(join(folder, "server.json"));
    const apiKey = async (role: string) => (await readFile(join(folder, `${role}.key`), "utf8")).trim();
    const provisionerKey = await apiKey("provisioner");
    const bankKey = await apiKey("bank");
    const server = await startServer({ db: `sqlite:${join(folder, "server.db")}`, keys: serverKeys, log: silence });
    undo.push(() => server.close());
    tell(words.server(server.url));

    const keystoreFile = join(folder, "keystore.json");
    await createKeystore(keystoreFile, Buffer.from(serverKeys.enrolmentKey, "hex"));
    const keystore = await readKeystore(keystoreFile);
    if (keystore === undefined) throw new Error("the keystore that was just made is missing");
    const keyService = new LaboratoryKeyService(keystore);
    undo.push(async () => keyService.close());

    const transport = await openSerialTransport(token.path);
    try {
      const before = await tokenInfo(transport);
      expect("factory", TOKEN_STATES[before.state]);
      tell(words.found(before.serial, before.boardName, before.assuranceClass));
      await provision(transport, keyService, {
        folder: join(folder, "pending"),
        policy: { language: language === "vi" ? LANGUAGE_VIETNAMESE : LANGUAGE_ENGLISH },
        progress: (step) => tell(`  ${words.step[step]}`),
        deliver: (enrolment, replace) => enrol(server.url, provisionerKey, enrolment, { replace }),
      });
      expect("issued", TOKEN_STATES[(await tokenInfo(transport)).state]);
    } finally {
      await transport.close();
    }
    const call = caller(server.url);
    await call(provisionerKey, "PUT", `/v1/tokens/${serial}/assignment`, { customer: CUSTOMER });
    tell(words.issued);
    picture();

    tell(words.choosesPin);
    token.press("OK", ...PIN, "OK", ...PIN, "OK");
    picture();

    tell(words.readsCode);
    token.press("OK", ...PIN, "OK", "1");
    picture();
    const code = codeOf(token);
    const validate = () => call(bankKey, "POST", "/v1/validate", { customer: CUSTOMER, code });
    expect("accepted", (await validate()).result);
    tell(words.accepted(code));
    expect("refused", (await validate()).result);
    tell(words.refusedAgain);

    const order = {
      payeeAccount: PAYEE.account,
      payeeName: PAYEE.name,
      amount: PAYEE.amount,
      currency: PAYEE.currency,
    };
    const payment = await call(bankKey, "POST", "/v1/transactions", { customer: CUSTOMER, ...order });
    const other = await call(bankKey, "POST", "/v1/transactions", { customer: CUSTOMER, ...order });
    tell(words.pays(PAYEE.account, payment.challengeText));
    token.press("OK", "OK", ...PIN, "OK", "2", ...payment.challenge);
    picture();
    token.press("OK");
    tell(words.asks);
    picture();
    token.press("OK");
    picture();
    const answer = codeOf(token);
    const confirm = (id: string) => call(bankKey, "POST", `/v1/transactions/${id}/confirm`, { code: answer });
    expect("refused", (await confirm(other.id)).result);
    tell(words.otherRefused(answer));
    expect("accepted", (await confirm(payment.id)).result);
    tell(words.thisAccepted);
    expect("refused", (await confirm(payment.id)).result);
    tell(words.onlyOnce);
    token.press("OFF");
    return { token, server, bankKeyFile: join(folder, "bank.key"), customer: CUSTOMER, pin: PIN, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Calls the server's API and returns the answer's body. @throws Error for a problem */
function caller(url: string) {
  return async (key: string, method: string, path: string, body: object): Promise<Record<string, string>> => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? {} : JSON.parse(text);
  };
}

function expect(wanted: string, found: string | undefined): void {
  if (found !== wanted) throw new Error(`${wanted} was expected, not ${found}`);
}
