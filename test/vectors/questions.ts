/** Every published vector that concerns a token, as a line of JavaScript for an interpreter with the bundle's `conformance()`. */

import cmac from "./aes-cmac.json" with { type: "json" };
import aes from "./aes-modes.json" with { type: "json" };
import hmac from "./hmac.json" with { type: "json" };
import hotp from "./hotp-rfc4226.json" with { type: "json" };
import kbkdf from "./kbkdf-sp800-108.json" with { type: "json" };
import ocraEdge from "./ocra-edge.json" with { type: "json" };
import ocra from "./ocra-rfc6287.json" with { type: "json" };
import orders from "./order.json" with { type: "json" };
import pbkdf2 from "./pbkdf2.json" with { type: "json" };
import scp03 from "./scp03.json" with { type: "json" };
import sha from "./sha.json" with { type: "json" };
import totp from "./totp-rfc6238.json" with { type: "json" };

/** What is asked, an expression whose value is a text, and the text that is right. */
export interface Question {
  /** The vector that it is of: its file and its place there, as `sha.json vectors 3`. */
  of: string;
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
 * @param subkeys are asked for: a cipher that has CMAC of its own, as the machine code has, shows none
 * @param maxBytes of a message: an interpreter has little memory, and a microcontroller's arithmetic in TypeScript little speed
 */
export function questions({
  maxRounds,
  maxBytes = 1000,
  subkeys: shown = true,
}: {
  maxRounds: number;
  maxBytes?: number;
  subkeys?: boolean;
}): Question[] {
  const all: Question[] = [];
  let of = "";
  const ask = (name: string, script: string, answer: string) => all.push({ of, name, script, answer });

  for (const [i, vector] of (sha.vectors as unknown as ShaVector[]).entries()) {
    of = `sha.json vectors ${i}`;
    const message = vector.msgRepeat?.[0].repeat(vector.msgRepeat[1]) ?? vector.msgAscii ?? "";
    if (message.length > maxBytes) continue;
    const hex = Buffer.from(message, "latin1").toString("hex");
    for (const hash of HASHES) {
      const digest = vector[hash];
      if (digest !== undefined) ask(`${hash} of ${hex}`, `h(p.hashes.${hash}.digest(${bytes(hex)}))`, digest);
    }
  }
  for (const [i, vector] of (hmac.vectors as unknown as Record<string, string>[]).entries()) {
    of = `hmac.json vectors ${i}`;
    for (const hash of HASHES) {
      const mac = vector[hash];
      if (mac === undefined) continue;
      const script = `h(t.crypto.hmac(p.hashes.${hash},${bytes(vector.key)},${bytes(vector.data)})).substr(0,${mac.length})`;
      ask(`HMAC-${hash} of ${vector.data}`, script, mac);
    }
  }
  for (const [i, { prf, password, salt, c, dkLen, dk }] of pbkdf2.vectors.entries()) {
    of = `pbkdf2.json vectors ${i}`;
    if (c > maxRounds) continue;
    const script = `h(t.crypto.pbkdf2(p.hashes.${prf},${bytes(password)},${bytes(salt)},${c},${dkLen}))`;
    ask(`PBKDF2 with ${prf} and ${c} rounds`, script, dk);
  }
  of = "aes-modes.json ecb";
  for (let at = 0; at < aes.ecb.pt.length; at += 32) {
    const [clear, secret] = [aes.ecb.pt.slice(at, at + 32), aes.ecb.ct.slice(at, at + 32)];
    const cipher = `p.loadAes128()(${bytes(aes.ecb.key)})`;
    ask(`AES-128 of ${clear}`, `h(${cipher}.encryptBlock(${bytes(clear)}))`, secret);
    ask(`AES-128 back from ${secret}`, `h(${cipher}.decryptBlock(${bytes(secret)}))`, clear);
  }
  of = "aes-modes.json cbc";
  const cbc = aes.cbc;
  const cipher = `p.loadAes128()(${bytes(cbc.key)})`;
  ask("AES-128-CBC", `h(t.scp03.cbcEncrypt(${cipher},${bytes(cbc.iv)},${bytes(cbc.pt)}))`, cbc.ct);
  ask("AES-128-CBC back", `h(t.scp03.cbcDecrypt(${cipher},${bytes(cbc.iv)},${bytes(cbc.ct)}))`, cbc.pt);
  for (const [i, { keyBits, key, msg, cmac: mac }] of cmac.vectors.entries()) {
    of = `aes-cmac.json vectors ${i}`;
    if (keyBits !== 128) continue;
    ask(`CMAC of ${msg}`, `h(t.scp03.cmac(t.scp03.cmacKey(p.loadAes128()(${bytes(key)})),[${bytes(msg)}]))`, mac);
  }
  for (const [i, { counterHex, otp6 }] of hotp.vectors.entries()) {
    of = `hotp-rfc4226.json vectors ${i}`;
    ask(`HOTP ${counterHex}`, `t.otp.hotp(p.hashes.sha1,${bytes(hotp.keyHex)},${bytes(counterHex)},6)`, otp6);
  }
  for (const [i, { mode, keyHex, unixTime, otp8 }] of totp.vectors.entries()) {
    of = `totp-rfc6238.json vectors ${i}`;
    const script = `t.otp.totp(p.hashes.${mode.toLowerCase()},${bytes(keyHex)},${unixTime},30,0,8)`;
    ask(`TOTP ${mode} at ${unixTime}`, script, otp8);
  }
  for (const [i, group] of (ocra.groups as unknown as OcraGroup[]).entries()) {
    for (const [j, vector] of group.vectors.entries()) {
      of = `ocra-rfc6287.json groups ${i} vectors ${j}`;
      const [first, second] = vector.questionParts ?? [vector.question, undefined];
      const counter = BigInt(vector.counter ?? 0)
        .toString(16)
        .padStart(16, "0");
      const script = `(function(s){return t.otp.ocra(p.hashes,${bytes(ocra.keys[vector.key])},s,{question:"${first}",secondQuestion:${JSON.stringify(second)},counter:s.counter?${bytes(counter)}:undefined,pinHash:s.pinHash===null?undefined:${bytes(ocra.pin.sha1)},timeStep:s.timeStepSeconds>0?t.otp.timeStep(${ocra.time.unixSeconds},s.timeStepSeconds,0):undefined})})(t.otp.parseSuite("${group.suite}"))`;
      ask(`${group.suite}, ${first}`, script, vector.ocra);
    }
  }
  for (const [i, { name, template, fields, orderHex, question, timeStep, code }] of orders.orders.entries()) {
    of = `order.json orders ${i}`;
    const typed = fields.map(({ tag, valueHex }) => `{tag:${Number.parseInt(tag, 16)},value:${bytes(valueHex)}}`);
    ask(`the order "${name}"`, `h(t.order.encodeOrder(${template},[${typed}]))`, orderHex);
    ask(`the question of "${name}"`, `t.order.orderQuestion(p.hashes.sha256,${bytes(orderHex)})`, question);
    const inputs = `{question:"${question}",timeStep:t.otp.timeStep(${timeStep * 30},30,0)}`;
    const suite = `t.otp.parseSuite("${orders.suite}")`;
    ask(`the code of "${name}"`, `t.otp.ocra(p.hashes,${bytes(orders.keyHex)},${suite},${inputs})`, code);
  }
  for (const [i, { name, orderHex }] of orders.refused.entries()) {
    of = `order.json refused ${i}`;
    const script = `(function(){try{t.order.decodeOrder(${bytes(orderHex)})}catch(e){return "refused"}return "read"})()`;
    ask(`an order with ${name}`, script, "refused");
  }
  const readable = orders.readableChallenge;
  const judged = (challenge: string) =>
    `(function(){try{t.otp.checkChallenge("${challenge}")}catch(e){return "refused"}return "taken"})()`;
  for (const [i, { challenge, timeStep, code }] of readable.vectors.entries()) {
    of = `order.json readableChallenge vectors ${i}`;
    ask(`the challenge ${challenge}`, judged(challenge), "taken");
    const inputs = `{question:"${challenge}",timeStep:t.otp.timeStep(${timeStep * 30},30,0)}`;
    const script = `t.otp.ocra(p.hashes,${bytes(orders.keyHex)},t.otp.parseSuite("${readable.suite}"),${inputs})`;
    ask(`the code of ${challenge}`, script, code);
  }
  for (const [i, { name, challenge }] of readable.refused.entries()) {
    of = `order.json readableChallenge refused ${i}`;
    ask(`a challenge with ${name}`, judged(challenge), "refused");
  }
  for (const [i, { suite, keyHex, Q, P, dataInputHex, hmacHex, ocra: code }] of ocraEdge.vectors.entries()) {
    of = `ocra-edge.json vectors ${i}`;
    const hash = suite.includes("SHA256-8") ? "sha256" : "sha1";
    const inputs = `{question:"${Q}"${P === undefined ? "" : `,pinHash:${bytes(P)}`}}`;
    const input = `t.otp.dataInput(t.otp.parseSuite("${suite}"),${inputs})`;
    ask(`the data input of ${suite}, ${Q}`, `h(${input})`, dataInputHex);
    ask(`the HMAC of ${suite}, ${Q}`, `h(t.crypto.hmac(p.hashes.${hash},${bytes(keyHex)},${input}))`, hmacHex);
    ask(`${suite}, ${Q}`, `t.otp.ocra(p.hashes,${bytes(keyHex)},t.otp.parseSuite("${suite}"),${inputs})`, code);
  }

  const prf = (key: string) => `t.scp03.cmacKey(p.loadAes128()(${bytes(key)}))`;
  of = "aes-cmac.json subkeys";
  const { subkeys } = cmac;
  const subkey = (name: "K1" | "K2") => `h(new Uint8Array(${prf(subkeys.key)}.${name.toLowerCase()}.buffer))`;
  for (const name of shown ? (["K1", "K2"] as const) : []) ask(`the subkey ${name}`, subkey(name), subkeys[name]);
  for (const [i, { ki, fixed, L, ko }] of kbkdf.vectors.entries()) {
    of = `kbkdf-sp800-108.json vectors ${i}`;
    const blocks = Array.from({ length: Math.ceil(L / 128) }, (_, at) => bytes(`0${at + 1}${fixed}`));
    const macs = blocks.map((block) => `h(t.scp03.cmac(k,[${block}]))`).join("+");
    ask(`the key of ${L} bits`, `(function(k){return (${macs}).substr(0,${L / 4})})(${prf(ki)})`, ko);
  }
  for (const [i, vector] of (scp03.thirdParty as unknown as Record<string, string>[]).entries()) {
    of = `scp03.json thirdParty ${i}`;
    askThirdParty(vector, ask);
  }
  for (const [i, session] of scp03.computedSessions.entries()) {
    if (session.keyEnc.length !== 32) continue;
    of = `scp03.json computedSessions ${i}`;
    askSession(session, ask);
  }
  return all;
}

type Ask = (name: string, script: string, answer: string) => void;
const MAC_DIGITS = 16;
const upper = (script: string, digits: number) => `${script}.substr(0,${digits}).toUpperCase()`;
const key = (hex: string) => `p.loadAes128()(${bytes(hex)})`;
const macOf = (hex: string, parts: string[]) => `h(t.scp03.cmac(t.scp03.cmacKey(${key(hex)}),[${parts.map(bytes)}]))`;
/** 6.2.6 and 6.2.7: the number of the command as a block, and which way. */
const counterBlock = (counter: number, first: string) => first + counter.toString(16).padStart(30, "0");
const icvOf = (hex: string, counter: number, first: string) =>
  `${key(hex)}.encryptBlock(${bytes(counterBlock(counter, first))})`;

/** What other implementations of SCP03 compute. */
function askThirdParty(vector: Record<string, string>, ask: Ask): void {
  if (vector.sEncKcv !== undefined) {
    const checkValue = (constant: number) =>
      upper(
        `h(p.loadAes128()(t.scp03.kdf(t.scp03.cmacKey(${key(vector.key)}),${constant},128,[${bytes(vector.context)}])).encryptBlock(${bytes("01".repeat(16))}))`,
        6,
      );
    for (const [name, constant, answer] of [
      ["S-ENC", 4, vector.sEncKcv],
      ["S-MAC", 6, vector.sMacKcv],
      ["S-RMAC", 7, vector.sRmacKcv],
    ] as const)
      ask(`the check value of ${name}`, checkValue(constant), answer);
    ask(
      "the check value of the DEK",
      upper(`h(${key(vector.key)}.encryptBlock(${bytes("01".repeat(16))}))`, 6),
      vector.dekKcv,
    );
    return;
  }
  const { what } = vector;
  const counter = Number(vector.counter);
  const scripts: Record<string, () => [string, string]> = {
    "host cryptogram": () => [
      `h(t.scp03.kdf(t.scp03.cmacKey(${key(vector.key)}),${vector.const},${vector.L},[${bytes(vector.context)}]))`,
      vector.out,
    ],
    "C-DECRYPTION": () => [
      `h(t.scp03.cbcEncrypt(${key(vector.sEnc)},${icvOf(vector.sEnc, counter, "00")},t.scp03.pad(${bytes(vector.plain)})))`,
      vector.out,
    ],
    "R-ENCRYPTION decrypt": () => [
      `h(t.scp03.unpad(t.scp03.cbcDecrypt(${key(vector.sEnc)},${icvOf(vector.sEnc, counter, "80")},${bytes(vector.cipher)})))`,
      vector.plain,
    ],
    "C-MAC": () => [
      `${macOf(vector.sMac, [vector.chain, vector.macInputAfterChain])}.substr(0,${MAC_DIGITS})`,
      vector.mac8,
    ],
    "R-MAC": () => [
      `${macOf(vector.sRmac, [vector.chain, vector.data, vector.sw])}.substr(0,${MAC_DIGITS})`,
      vector.mac8,
    ],
  };
  const [script, answer] = scripts[what]();
  ask(`${what} of ${vector.source}`, `${script}.toLowerCase()`, answer.toLowerCase());
}

/** Each step of a session. That the token takes them in their order shows wherever it is personalised: on each engine. */
function askSession(session: (typeof scp03.computedSessions)[number], ask: Ask): void {
  const { keyEnc, keyMac, hostChallenge, cardChallenge, sEnc, sMac, sRmac } = session;
  const keys = `t.scp03.sessionKeys(p.loadAes128(),${bytes(keyEnc)},${bytes(keyMac)},${bytes(hostChallenge)},${bytes(cardChallenge)})`;
  ask("the session keys", `${keys}.map(h).join()`, [sEnc, sMac, sRmac].join());
  const context = `[${bytes(hostChallenge)},${bytes(cardChallenge)}]`;
  const cryptogram = (constant: number) => `h(t.scp03.kdf(t.scp03.cmacKey(${key(sMac)}),${constant},64,${context}))`;
  ask("the card cryptogram", cryptogram(0), session.cardCryptogram);
  ask("the host cryptogram", cryptogram(1), session.hostCryptogram);
  const authentication = session.externalAuthApdu.slice(0, -MAC_DIGITS);
  ask("the first C-MAC", macOf(sMac, ["00".repeat(16), authentication]), session.macChain1);
  ask("the ICV of a command", `h(${icvOf(sEnc, 1, "00")})`, session.putKeyIcv);
  const command = session.putKeyWrappedApdu;
  const [header, data] = [command.slice(0, 10), command.slice(10, -MAC_DIGITS)];
  ask(
    "a command in clear",
    `h(t.scp03.unpad(t.scp03.cbcDecrypt(${key(sEnc)},${bytes(session.putKeyIcv)},${bytes(data)})))`,
    session.putKeyPlainData,
  );
  ask("its C-MAC", macOf(sMac, [session.macChain1, header, data]), session.macChain2);
  ask("the ICV of a response", `h(${icvOf(sEnc, 1, "80")})`, session.responseIcv);
  const response = session.responseWrapped.slice(0, -MAC_DIGITS - 4);
  ask(
    "a response as it travels",
    `h(t.scp03.cbcEncrypt(${key(sEnc)},${bytes(session.responseIcv)},t.scp03.pad(${bytes(session.responsePlain)})))`,
    response,
  );
  ask(
    "its R-MAC",
    `${macOf(sRmac, [session.macChain2, response, "9000"])}.substr(0,${MAC_DIGITS})`,
    session.responseWrapped.slice(-MAC_DIGITS - 4, -4),
  );
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
