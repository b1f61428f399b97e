/** Makes activation codes, on the bank's side. */
import { randomInt } from "node:crypto";
import { ACTIVATION_CODE_LENGTH } from "../../protocol/otp/activation-code.ts";
import { checkDigit } from "../../protocol/otp/check-digit.ts";

/** 20 ASCII digits: 19 random ones and their check digit. The caller overwrites them after use. */
export function makeActivationCode(): Uint8Array {
  const code = new Uint8Array(ACTIVATION_CODE_LENGTH);
  const random = ACTIVATION_CODE_LENGTH - 1;
  for (let i = 0; i < random; i++) code[i] = 48 + randomInt(10);
  code[random] = 48 + checkDigit(code, random);
  return code;
}
