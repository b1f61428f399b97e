/** A code that the customer has from the bank: it opens a token that is sent, or that wrong PINs have locked. */
import { activation } from "./activation.ts";
import type { Face } from "./face.ts";
import type { Flow } from "./flow.ts";
import { unlocking } from "./unlocking.ts";

export function bankCode(face: Face): Flow {
  const token = face.token;
  if (token.vault.activationEnd() !== undefined) return activation(face);
  const ask = face.forgottenPin;
  if (ask === undefined || token.recovery === undefined || !token.recovery.kept(token.journal))
    return unlocking(face, false);
  return ask(face, function (forgotten) {
    return unlocking(face, forgotten);
  });
}
