/** What the token shows while a host replaces its firmware. */
import type { Face } from "./face.ts";
import type { Flow } from "./flow.ts";

export function updating(face: Face): Flow {
  const nothing = function () {};
  return {
    draw: function () {
      face.canvas.centred(face.fonts.text, 1, face.say("updating"));
      face.canvas.centred(face.fonts.text, 3, face.say("doNotUnplug"));
      face.canvas.centred(face.fonts.text, 5, face.say("restarts"));
    },
    key: nothing,
    forget: nothing,
  };
}
