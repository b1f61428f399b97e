/** What a visitor can do with the token, in a few steps. Once it is closed it stays closed on the next visit. */
import { h } from "preact";
import { useState } from "preact/hooks";
import { formatChallenge, makeChallenge } from "../../protocol/otp/challenge.ts";
import { Panel } from "./form.ts";
import { useSay } from "./hooks.ts";
import { guideIsClosed, rememberGuide } from "./remembered.ts";

/** How far the token is: personalised, or as it left the factory. */
export type Stage = "issued" | "factory";

/** A challenge that the token takes: it ends in its check digit. */
const CHALLENGE = formatChallenge(makeChallenge("3456", "40193")).replaceAll(" ", "\u00a0");

/** @param stage undefined where the page does not know it */
export function Guide({ stage }: { stage: Stage | undefined }) {
  const say = useSay();
  const [open] = useState(() => !guideIsClosed());
  return h(Panel, {
    title: say("guideTitle"),
    open,
    onToggle: (isOpen) => rememberGuide(!isOpen),
    children: [
      stage === "issued" && h("p", {}, say("guideIssued")),
      stage === "factory" && h("p", {}, say("guideFactory")),
      stage === undefined && h("p", {}, say("guideUnknown")),
      stage !== "issued" && h("pre", { class: "shell", tabIndex: 0 }, h("code", {}, "npx ochre provision --lab")),
      h("ol", {}, [
        h("li", {}, say("guideStep1")),
        h("li", {}, say("guideStep2")),
        h("li", {}, say("guideStep3")),
        h("li", {}, say("guideStep4", { challenge: CHALLENGE })),
      ]),
    ],
  });
}
