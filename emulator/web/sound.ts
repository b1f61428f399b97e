/** The buzzer on the page: a switch for whoever does not want to hear it, and a sign for whoever does not hear it. */
import { h } from "preact";
import { useState } from "preact/hooks";
import { useSay } from "./hooks.ts";
import { rememberSound } from "./remembered.ts";
import type { Session } from "./session.ts";

export function SoundSwitch({ session: { speaker } }: { session: Session }) {
  const say = useSay();
  const [muted, setMuted] = useState(speaker.muted);
  const turn = () => {
    speaker.muted = !muted;
    rememberSound(muted);
    setMuted(!muted);
  };
  return h(
    "button",
    { type: "button", class: "sound-switch", role: "switch", "aria-checked": muted ? "false" : "true", onClick: turn },
    [
      h(Waves, { waves: !muted }),
      h("span", { class: "name" }, say("sound")),
      h("span", { class: "track", "aria-hidden": "true" }),
    ],
  );
}

/** Beside the token's name, while it sounds. */
export function SoundSign({ session: { sounding } }: { session: Session }) {
  const say = useSay();
  const words = say("sounds", { hertz: sounding });
  return h(
    "span",
    { class: sounding > 0 ? "sound-sign sounding" : "sound-sign" },
    sounding > 0 && [h(Waves, { waves: true }), h("span", {}, words)],
  );
}

/** A loudspeaker, with a line through it where it is muted. */
function Waves({ waves }: { waves: boolean }) {
  return h("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, [
    h("path", { class: "cone", d: "M3 9h4l5-4v14l-5-4H3z" }),
    h("path", { class: "wave", d: waves ? "M15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11" : "M16 9l6 6M22 9l-6 6" }),
  ]);
}
