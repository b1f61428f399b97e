/** A laboratory token of a board without a host's line: issued from the start, with the test keys of the standards. They guard nothing. */
import type { Issue } from "../../emulator/machine/machine.ts";
import { issuedEntries } from "../../firmware/core/issue.ts";
import { KIND_CHALLENGE, KIND_COUNTER_CODE, LANGUAGE_ENGLISH } from "../../protocol/apdu/credential-kind.ts";
import { wire } from "../crypto/node.ts";

const ascii = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));

/** The secret of RFC 4226, Appendix D, and the 32 bytes of RFC 6287, Appendix C. */
const SECRET_20 = "12345678901234567890";
const SECRET_32 = "12345678901234567890123456789012";

const NONE = new Uint8Array(0);

export function laboratoryIssue(serial: string): Issue {
  const policy = { pinTries: 5, autoOffSeconds: 30, language: LANGUAGE_ENGLISH } as const;
  const credentials = [
    { slot: 0, kind: KIND_COUNTER_CODE, suite: "HOTP-SHA1-6", label: "", parameters: NONE },
    { slot: 1, kind: KIND_CHALLENGE, suite: "OCRA-1:HOTP-SHA256-8:C-QN10", label: "", parameters: NONE },
  ];
  return { serial, entries: issuedEntries(wire, serial, policy, credentials, [ascii(SECRET_20), ascii(SECRET_32)]) };
}
