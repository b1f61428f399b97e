/** Every published vector that concerns a token, as a line of JavaScript for an interpreter with the bundle's `conformance()`. */

import cmac from "./aes-cmac.json" with { type: "json" };
import aes from "./aes-modes.json" with { type: "json" };
import hmac from "./hmac.json" with { type: "json" };
import hotp from "./hotp-rfc4226.json" with { type: "json" };
import ocra from "./ocra-rfc6287.json" with { type: "json" };
import orders from "./order.json" with { type: "json" };
import pbkdf2 from "./pbkdf2.json" with { type: "json" };
import sha from "./sha.json" with { type: "json" };
import totp from "./totp-rfc6238.json" with { type: "json" };

/** What is asked, an expression whose value is a text, and the text that is right. */
export interface Question {
  name: string;
  script: string;
  answer: string;
}

/** Defines what the scripts use: `t` the functions, `b` bytes of hexadecimal digits, `h` the reverse. `p`, the primitives, comes after. */
export const prelude = [
  "t=ochre.conformance()",
  "b=function(s){var u=new Uint8Array(s.length/2),i;for(i=0;i<u.length;i++)u[i]=parseInt(s.substr(2*i,2),16);return u}",
  'h=function(u){var s="",i;for(i=0;i<u.length;i++)s+=(256+u[i]).toString(16).substr(1);return s}',
];

const HASHES = ["sha1", "sha256", "sha512"] as const;
const bytes = (hex: string) => `b("${hex}")`;

/**
 * @param maxRounds of PBKDF2
 * @param maxBytes of a message: an interpreter has little memory, and a microcontroller's arithmetic in TypeScript little speed
 */
export function questions({ maxRounds, maxBytes = 1000 }: { maxRounds: number; maxBytes?: number }): Question[] {
  const all: Question[] = [];
  const ask = (name: string, script: string, answer: string) => all.push({ name, script, answer });

  for (const vector of sha.vectors as unknown as ShaVector[]) {
    const message = vector.msgRepeat?.[0].repeat(vector.msgRepeat[1]) ?? vector.msgAscii ?? "";
    if (message.length > maxBytes) continue;
    const hex = Buffer.from(message, "latin1").toString("hex");
    for (const hash of HASHES) {
      const digest = vector[hash];
      if (digest !== undefined) ask(`${hash} of ${hex}`, `h(p.hashes.${hash}.digest(${bytes(hex)}))`, digest);
    }
  }
  for (const vector of hmac.vectors as unknown as Record<string, string>[]) {
    for (const hash of HASHES) {
      const mac = vector[hash];
      if (mac === undefined) continue;
      const script = `h(t.crypto.hmac(p.hashes.${hash},${bytes(vector.key)},${bytes(vector.data)})).substr(0,${mac.length})`;
      ask(`HMAC-${hash} of ${vector.data}`, script, mac);
    }
  }
  for (const { prf, password, salt, c, dkLen, dk } of pbkdf2.vectors) {
    if (c > maxRounds) continue;
    const script = `h(t.crypto.pbkdf2(p.hashes.${prf},${bytes(password)},${bytes(salt)},${c},${dkLen}))`;
    ask(`PBKDF2 with ${prf} and ${c} rounds`, script, dk);
  }
  for (let at = 0; at < aes.ecb.pt.length; at += 32) {
    const [clear, secret] = [aes.ecb.pt.slice(at, at + 32), aes.ecb.ct.slice(at, at + 32)];
    const cipher = `p.aes128(${bytes(aes.ecb.key)})`;
    ask(`AES-128 of ${clear}`, `h(${cipher}.encryptBlock(${bytes(clear)}))`, secret);
    ask(`AES-128 back from ${secret}`, `h(${cipher}.decryptBlock(${bytes(secret)}))`, clear);
  }
  const cbc = aes.cbc;
  const cipher = `p.aes128(${bytes(cbc.key)})`;
  ask("AES-128-CBC", `h(t.scp03.cbcEncrypt(${cipher},${bytes(cbc.iv)},${bytes(cbc.pt)}))`, cbc.ct);
  ask("AES-128-CBC back", `h(t.scp03.cbcDecrypt(${cipher},${bytes(cbc.iv)},${bytes(cbc.ct)}))`, cbc.pt);
  for (const { keyBits, key, msg, cmac: mac } of cmac.vectors) {
    if (keyBits !== 128) continue;
    ask(`CMAC of ${msg}`, `h(t.scp03.cmac(t.scp03.cmacKey(p.aes128(${bytes(key)})),[${bytes(msg)}]))`, mac);
  }
  for (const { counterHex, otp6 } of hotp.vectors) {
    ask(`HOTP ${counterHex}`, `t.otp.hotp(p.hashes.sha1,${bytes(hotp.keyHex)},${bytes(counterHex)},6)`, otp6);
  }
  for (const { mode, keyHex, unixTime, otp8 } of totp.vectors) {
    const script = `t.otp.totp(p.hashes.${mode.toLowerCase()},${bytes(keyHex)},${unixTime},30,0,8)`;
    ask(`TOTP ${mode} at ${unixTime}`, script, otp8);
  }
  for (const group of ocra.groups as unknown as OcraGroup[]) {
    for (const vector of group.vectors) {
      const [first, second] = vector.questionParts ?? [vector.question, undefined];
      const counter = BigInt(vector.counter ?? 0)
        .toString(16)
        .padStart(16, "0");
      const script = `(function(s){return t.otp.ocra(p.hashes,${bytes(ocra.keys[vector.key])},s,{question:"${first}",secondQuestion:${JSON.stringify(second)},counter:s.counter?${bytes(counter)}:undefined,pinHash:s.pinHash===null?undefined:${bytes(ocra.pin.sha1)},timeStep:s.timeStepSeconds>0?t.otp.timeStep(${ocra.time.unixSeconds},s.timeStepSeconds,0):undefined})})(t.otp.parseSuite("${group.suite}"))`;
      ask(`${group.suite}, ${first}`, script, vector.ocra);
    }
  }
  for (const { name, template, fields, orderHex, question, timeStep, code } of orders.orders) {
    const typed = fields.map(({ tag, valueHex }) => `{tag:${Number.parseInt(tag, 16)},value:${bytes(valueHex)}}`);
    ask(`the order "${name}"`, `h(t.order.encodeOrder(${template},[${typed}]))`, orderHex);
    ask(`the question of "${name}"`, `t.order.orderQuestion(p.hashes.sha256,${bytes(orderHex)})`, question);
    const inputs = `{question:"${question}",timeStep:t.otp.timeStep(${timeStep * 30},30,0)}`;
    const suite = `t.otp.parseSuite("${orders.suite}")`;
    ask(`the code of "${name}"`, `t.otp.ocra(p.hashes,${bytes(orders.keyHex)},${suite},${inputs})`, code);
  }
  for (const { name, orderHex } of orders.refused) {
    const script = `(function(){try{t.order.decodeOrder(${bytes(orderHex)})}catch(e){return "refused"}return "read"})()`;
    ask(`an order with ${name}`, script, "refused");
  }
  return all;
}

interface ShaVector extends Partial<Record<(typeof HASHES)[number], string>> {
  msgAscii?: string;
  msgRepeat?: [string, number];
}

interface OcraGroup {
  suite: string;
  vectors: {
    key: keyof typeof ocra.keys;
    question: string;
    questionParts?: [string, string];
    counter?: string | number;
    ocra: string;
  }[];
}
