/**
 * Personalises a token and delivers its enrolment, with nothing lost in between: the enrolment is on the disk before the token commits,
 * and leaves it when it has been delivered.
 *
 * A run that was broken off is completed by the next one. Did the token not commit, it is in its factory state and simply starts again.
 * Did it commit, and the answer was lost, it is `issued` and an unconfirmed enrolment of it is kept: it gets new seeds, which replace
 * those that nobody has used yet.
 */
import { TOKEN_STATES } from "../../protocol/apdu/get-data.ts";
import { tokenInfo } from "../device/token.ts";
import type { Transport } from "../device/transport.ts";
import type { KeyService } from "../keys/key-service.ts";
import type { Enrolment } from "./enrolment.ts";
import { confirmPending, dropPending, keepPending, pendingOf } from "./pending-enrolments.ts";
import { type ActivationLetter, PersonalisationError, type PersonaliseOptions, personalise } from "./personalise.ts";

const FACTORY = TOKEN_STATES.indexOf("factory");

export interface ProvisionOptions extends Omit<PersonaliseOptions, "beforeCommit" | "resume"> {
  /** Where enrolments wait; `pendingFolder()` when left out. */
  folder?: string;
  /**
   * Takes the enrolment to where it belongs; `replace` when an earlier one of this token may be there. Without it, the enrolment stays
   * in its file.
   */
  deliver?: (enrolment: Enrolment, replace: boolean) => Promise<void>;
  /**
   * Keeps what the customer's letter has to say, where `activation` is asked for. Called before the token commits, `confirmed` false: the
   * code must not be lost with the next thing that fails; and again when the token has confirmed it.
   */
  keepLetter?: (letter: ActivationLetter, confirmed: boolean) => Promise<void>;
}

export interface Provisioned {
  enrolment: Enrolment;
  /** Where the enrolment waits; none when it was delivered. */
  pendingFile?: string;
}

/** The token is personalised and confirmed it, but its enrolment did not get to where it belongs. It waits in `file`. */
export class DeliveryError extends Error {
  override name = "DeliveryError";
  readonly file: string;
  readonly serial: string;

  constructor(serial: string, file: string, cause: unknown) {
    super(
      `Token ${serial} is personalised, but its enrolment was not delivered: ${(cause as Error).message} It is kept in ${file}.`,
      { cause },
    );
    this.file = file;
    this.serial = serial;
  }
}

/** An earlier run personalised the token, and its enrolment waits in `file` to be sent. Nothing was changed. */
export class UnsentEnrolmentError extends PersonalisationError {
  override name = "UnsentEnrolmentError";
  readonly file: string;

  constructor(serial: string, file: string) {
    super(`Token ${serial} is personalised already, and its enrolment waits in ${file}.`);
    this.file = file;
  }
}

/**
 * @throws DeliveryError
 * @throws UnsentEnrolmentError
 * @throws PersonalisationError and all else that `personalise` throws
 */
export async function provision(
  transport: Transport,
  keys: KeyService,
  { deliver, folder, keepLetter, ...options }: ProvisionOptions = {},
): Promise<Provisioned> {
  const { state, serial } = await tokenInfo(transport);
  const kept = await pendingOf(serial, folder);
  // What the token says here, anybody on the way may have changed: `personalise` looks at the state again, inside the session.
  const brokenOff = TOKEN_STATES[state] === "issued" && kept.some(({ pending }) => !pending.confirmed);
  const replace = options.replace === true || brokenOff;
  const waiting = kept.find(({ pending }) => pending.confirmed);
  if (waiting && state > FACTORY && !replace) throw new UnsentEnrolmentError(serial, waiting.file);
  let file = "";
  let letter: ActivationLetter | undefined;
  const enrolment = await personalise(transport, keys, {
    ...options,
    ...(brokenOff ? { resume: serial } : {}),
    beforeCommit: async (staged, made) => {
      letter = made;
      if (letter) await keepLetter?.(letter, false);
      file = await keepPending({ enrolment: staged, confirmed: false, replace }, folder);
    },
  });
  await confirmPending(file);
  if (letter) await keepLetter?.(letter, true);
  if (!deliver) return { enrolment, pendingFile: file };
  try {
    await deliver(enrolment, replace);
  } catch (error) {
    throw new DeliveryError(enrolment.serial, file, error);
  }
  await dropPending(enrolment.serial, folder);
  return { enrolment };
}
