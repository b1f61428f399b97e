/** The shapes of the API. OpenAPI and the validation of every request come from them. */
import { type TSchema, Type } from "typebox";
import { PROBLEM_JSON } from "./problem.ts";

const closed = { additionalProperties: false } as const;

export const Serial = Type.String({
  pattern: "^[A-Za-z0-9._-]{1,16}$",
  description: "Serial number of a token.",
  examples: ["OC26A00017"],
});

/** Free text without control, format or separator characters other than the space. */
const text = (longest: number) => `^[^\\p{C}\\p{Zl}\\p{Zp}]{1,${longest}}$`;

export const Customer = Type.String({
  pattern: text(64),
  description: "The bank's own name for a customer. Compared character by character.",
});

const Code = Type.String({ pattern: "^[0-9]{6,10}$", description: "The digits that the token shows, without spaces." });

/** Exactly one of serial and customer, beside other properties. */
const holder = { serial: Type.Optional(Serial), customer: Type.Optional(Customer) };
const oneHolder = { ...closed, oneOf: [{ required: ["serial"] }, { required: ["customer"] }] };

const Kind = Type.Union([
  Type.Literal("time-code"),
  Type.Literal("challenge"),
  Type.Literal("sign"),
  Type.Literal("connected-sign"),
  Type.Literal("verify-bank"),
  Type.Literal("counter-code"),
]);
const Currency = Type.String({ pattern: "^[A-Z]{3}$", description: "ISO 4217.", examples: ["VND"] });
const Moment = Type.String({ format: "date-time" });
const KeyVersion = Type.Integer({ minimum: 0, maximum: 255 });

export const EnrolmentBody = Type.Object(
  {
    serial: Serial,
    board: Type.String({ pattern: text(64) }),
    model: Type.Integer({ minimum: 0, maximum: 0xffff }),
    assurance: Type.Union([Type.Literal("O"), Type.Literal("P"), Type.Literal("S")]),
    firmware: Type.String({ pattern: text(64) }),
    keyVersion: KeyVersion,
    credentials: Type.Array(
      Type.Object(
        {
          slot: Type.Integer({ minimum: 0, maximum: 255 }),
          kind: Kind,
          suite: Type.String({
            pattern: "^[A-Za-z0-9:-]{1,64}$",
            examples: ["TOTP-SHA256-8-30", "OCRA-1:HOTP-SHA256-8:QN10-T30S"],
          }),
          label: Type.String({ pattern: text(64) }),
          currencies: Type.Optional(
            Type.Array(Type.Object({ code: Currency, minorDigits: Type.Integer({ minimum: 0, maximum: 3 }) }, closed), {
              minItems: 1,
              maxItems: 4,
              description: "Of the orders that a credential of kind connected-sign signs.",
            }),
          ),
          form: Type.Optional(
            Type.Object(
              {
                template: Type.Union([Type.Literal(1), Type.Literal(2)]),
                currency: Currency,
                minorDigits: Type.Integer({ minimum: 0, maximum: 3 }),
              },
              {
                ...closed,
                description: "What a credential of kind sign signs: 1 a transfer, 2 a bill; and its currency.",
              },
            ),
          ),
          sealedSeed: Type.String({
            pattern: "^[A-Za-z0-9_-]{59,160}$",
            description:
              'base64url of nonce (12) | ciphertext | tag (16): AES-256-GCM under the enrolment key, associated data "ochre-enrolment|serial|slot|suite".',
          }),
        },
        closed,
      ),
      { minItems: 1, maxItems: 16 },
    ),
    replace: Type.Optional(
      Type.Boolean({ description: "Enrol a token anew that is enrolled already. The same as ?replace." }),
    ),
  },
  closed,
);

export const ReplaceQuery = Type.Object(
  { replace: Type.Optional(Type.Union([Type.Literal(""), Type.Literal("true")])) },
  closed,
);

export const SerialPath = Type.Object({ serial: Serial });
export const TransactionPath = Type.Object({ id: Type.String({ pattern: "^[0-9a-f-]{36}$" }) });
export const NoQuery = Type.Object({}, closed);

export const AssignmentBody = Type.Object({ customer: Customer }, closed);

const State = Type.Union([Type.Literal("active"), Type.Literal("locked")]);

export const TokenView = Type.Object({
  serial: Serial,
  board: Type.String(),
  model: Type.Integer(),
  assurance: Type.String(),
  firmware: Type.String(),
  keyVersion: KeyVersion,
  generation: Type.Integer({ description: "1 for the first enrolment, one more for each that replaced it." }),
  customer: Type.Union([Type.String(), Type.Null()]),
  enrolledAt: Moment,
  state: State,
  credentials: Type.Array(
    Type.Object({
      slot: Type.Integer(),
      kind: Kind,
      suite: Type.String(),
      label: Type.String(),
      state: State,
      failures: Type.Integer({ description: "Consecutive wrong codes." }),
      driftSteps: Type.Integer({ description: "How far the token's clock is ahead, in time steps, as learned." }),
      lastTriedAt: Type.Union([Moment, Type.Null()], { description: "The latest code; null where none came yet." }),
    }),
  ),
});

export const ValidateBody = Type.Object({ ...holder, code: Code }, oneHolder);
export const ConfirmBody = Type.Object({ code: Code }, closed);
export const ResultView = Type.Object({
  result: Type.Union([Type.Literal("accepted"), Type.Literal("refused")], {
    description: "No reason is told: a wrong code, a used one, a locked and an unknown token are all refused.",
  }),
});

export const TransactionBody = Type.Object(
  {
    ...holder,
    payeeAccount: Type.String({
      pattern: "^[0-9]{4,34}$",
      description: "Digits alone. The last four stand in the challenge, and the token asks the customer about them.",
    }),
    payeeName: Type.Optional(Type.String({ pattern: text(140) })),
    amount: Type.String({
      pattern: "^[1-9][0-9]{0,17}$",
      description: "In minor units of the currency, as decimal digits.",
      examples: ["2500000"],
    }),
    currency: Currency,
    reference: Type.Optional(Type.String({ pattern: text(140) })),
    mode: Type.Optional(
      Type.Union([Type.Literal("challenge"), Type.Literal("sign")], {
        description:
          "challenge, where nothing is said: the customer types ten digits that name the payee. sign: transaction code, account and amount, and the answer fits these alone.",
      }),
    ),
  },
  oneHolder,
);

export const ChallengeView = Type.Object({
  id: Type.String(),
  challenge: Type.String({ description: "For mode sign: the transaction code.", examples: ["3456123450"] }),
  challengeText: Type.String({ description: "For the eye: AAAA RRRRR K, or two halves.", examples: ["3456 12345 0"] }),
  expiresAt: Moment,
});

const Nullable = Type.Union([Type.String(), Type.Null()]);

export const TransactionView = Type.Object({
  id: Type.String(),
  serial: Serial,
  payeeAccount: Type.String(),
  payeeName: Nullable,
  amount: Type.String(),
  currency: Type.String(),
  reference: Nullable,
  state: Type.Union([
    Type.Literal("open"),
    Type.Literal("accepted"),
    Type.Literal("expired"),
    Type.Literal("exhausted"),
  ]),
  createdAt: Moment,
  expiresAt: Moment,
  decidedAt: Type.Union([Moment, Type.Null()]),
});

export const StatusView = Type.Object({ status: Type.Literal("ok") });

/** RFC 9457. */
export const ProblemView = Type.Object({
  type: Type.String({ examples: ["urn:ochre:problem:invalid-request"] }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.Optional(Type.String()),
  instance: Type.Optional(Type.String({ description: "This occurrence; the server's log names it too." })),
  errors: Type.Optional(
    Type.Array(
      Type.Object({ pointer: Type.String({ description: "RFC 6901, into the body." }), detail: Type.String() }),
    ),
  ),
});

/** The responses of a route: its own, and the problems that it may answer with. */
export function responses(own: Record<number, TSchema>, problems: Record<number, string>): Record<number, unknown> {
  const all: Record<number, unknown> = { ...own };
  for (const [status, description] of Object.entries(problems))
    all[Number(status)] = { description, content: { [PROBLEM_JSON]: { schema: ProblemView } } };
  return all;
}
