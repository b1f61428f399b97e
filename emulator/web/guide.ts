/** What a visitor can do with the token, in a few steps that are ticked when they are done. Once closed it is closed on the next visit. */
import { h } from "preact";
import { useState } from "preact/hooks";
import { formatChallenge, makeChallenge } from "../../protocol/otp/challenge.ts";
import type { Stage } from "./embedded.ts";
import { Panel } from "./form.ts";
import { STEPS, type Step } from "./guide-steps.ts";
import { useSay } from "./hooks.ts";
import { guideIsClosed, rememberGuide } from "./remembered.ts";
import type { Session } from "./session.ts";
import type { StringKey } from "./strings.ts";

/** A challenge that the token takes: it ends in its check digit. */
const CHALLENGE = formatChallenge(makeChallenge("3456", "40193")).replaceAll(" ", "\u00a0");

const SAID: Record<Step, StringKey> = {
  pin: "guideStep1",
  unlock: "guideStep2",
  timeCode: "guideStep3",
  payment: "guideStep4",
};

/** @param stage undefined where the page does not know it */
export function Guide({ session, stage }: { session: Session; stage: Stage | undefined }) {
  const say = useSay();
  const { personalised, done } = session.way;
  // The steps are those of a keypad.
  const hasDigits = session.engine.manifest.keypad.legend.flat().includes("1");
  const [open] = useState(() => !guideIsClosed());
  return h(Panel, {
    title: say("guideTitle"),
    open,
    onToggle: (isOpen) => rememberGuide(!isOpen),
    children: [
      stage === "issued" && h("p", {}, say("guideIssued")),
      stage === "factory" && h("p", {}, say("guideFactory")),
      stage === undefined && h("p", {}, say(personalised ? "guidePersonalised" : "guideUnknown")),
      stage !== "issued" &&
        !personalised &&
        h("pre", { class: "shell", tabIndex: 0 }, h("code", {}, "npx ochre provision --lab --at-desk")),
      hasDigits &&
        h(
          "ol",
          {},
          STEPS.map((step) =>
            h("li", { key: step, class: done.includes(step) ? "done" : undefined }, [
              done.includes(step) && [h("strong", { class: "tick" }, `✓ ${say("guideDone")}`), " "],
              say(SAID[step], { challenge: CHALLENGE }),
            ]),
          ),
        ),
    ],
  });
}
