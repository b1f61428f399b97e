/** What a genuine interpreter is tested with: the token's own functions under the names of their standards. Nothing on the wire reaches these. */
import { hmac } from "../../protocol/otp/hmac.ts";
import { codes } from "../core/codes.part.ts";
import { host } from "../core/host-line.part.ts";
import { orders } from "../core/orders.part.ts";
import { pbkdf2 } from "../crypto/pbkdf2.ts";
import { pinRounds } from "../crypto/pin-rounds.ts";
import { typescript } from "../crypto/typescript.part.ts";
import type { Primitives } from "../hal/primitives.ts";

export type Conformance = ReturnType<typeof conformance>;

/** @param primitives finds those that the token uses */
export function conformance(primitives: () => Primitives) {
  return {
    crypto: { hmac: hmac, pbkdf2: pbkdf2, pinRounds: pinRounds, primitives: primitives, typescript: typescript },
    otp: codes().otp(),
    order: orders(),
    scp03: host().scp03(),
  };
}
