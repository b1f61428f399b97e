/**
 * What credentials are called: on the token by the bank's label or else its own word, in people's lists by the label or else
 * by the token's own English word, so that whoever helps a customer reads what stands on her menu.
 */
import { TEMPLATE_BILL } from "../../protocol/apdu/credential-kind.ts";
import type { CredentialKind } from "./credential-kinds.ts";
import type { CredentialOrder } from "./key-service.ts";

const NAMES: Record<CredentialKind, string> = {
  "time-code": "Time code",
  challenge: "Sign a payment",
  sign: "Sign a transfer",
  "connected-sign": "Order from the bank",
  "verify-bank": "Verify the bank",
  "counter-code": "Counter code",
};

/** For lists and messages that people read. */
export function nameOf({ kind, label, form }: Pick<CredentialOrder, "kind" | "label" | "form">): string {
  return label || (form?.template === TEMPLATE_BILL ? "Sign a bill" : NAMES[kind]);
}

/** The first credential that its customer could not tell from an earlier one of its kind; undefined where each has a label of its own. */
export function withoutOwnName(
  credentials: readonly Pick<CredentialOrder, "kind" | "label">[],
): { at: number; message: string } | undefined {
  const taken = new Set<string>();
  for (const [at, { kind, label = "" }] of credentials.entries()) {
    const name = `${kind} ${label.normalize("NFC")}`;
    if (taken.has(name)) {
      const both = label === "" ? "have no label" : `are called "${label}"`;
      return { at, message: `two credentials of kind ${kind} ${both}: each needs a label of its own` };
    }
    taken.add(name);
  }
  return undefined;
}
