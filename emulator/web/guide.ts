/** What a visitor can do with the token, in a few steps. */
import { h } from "preact";
import { formatChallenge, makeChallenge } from "../../protocol/otp/challenge.ts";
import { useSay } from "./hooks.ts";

/** How far the token is: personalised, or as it left the factory. */
export type Stage = "issued" | "factory";

/** A challenge that the token takes: it ends in its check digit. */
const CHALLENGE = formatChallenge(makeChallenge("3456", "40193")).replaceAll(" ", "\u00a0");

export function Guide({ stage }: { stage: Stage }) {
  const say = useSay();
  return h("section", { class: "guide", "aria-labelledby": "guide-title" }, [
    h("h2", { id: "guide-title" }, say("guideTitle")),
    stage === "factory"
      ? h("p", {}, say("guideFactory"))
      : h("ol", {}, [
          h("li", {}, say("guideIssued1")),
          h("li", {}, say("guideIssued2")),
          h("li", {}, say("guideIssued3", { challenge: CHALLENGE })),
        ]),
  ]);
}
