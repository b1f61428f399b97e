/** A code that the customer has from the bank: it opens a token that is sent, or that wrong PINs have locked. */
import { activation } from "./activation.ts";
import type { Face } from "./face.ts";
import type { Flow } from "./flow.ts";
import { unlocking } from "./unlocking.ts";

export function bankCode(face: Face): Flow {
  return face.token.vault.activationEnd() === undefined ? unlocking(face) : activation(face);
}
