/**
 * USB on Espruino's RP2040. Its sleep ends for a timer or a watched pin, not for USB alone: a host that plugs the cable in or opens the
 * port waits for the token's next timer, which may be half a minute away, and gives up before. So while the cable is in, a timer that
 * does nothing keeps the sleep short. The power for it comes over the cable.
 */
declare const digitalRead: (pin: number) => number;
declare const setWatch: (call: () => void, pin: number, options: { repeat: boolean; edge: string }) => number;
declare const setInterval: (call: () => void, ms: number) => number;
declare const clearInterval: (timer: number) => void;

/** Enumeration takes some twenty rounds of the USB stack, and a host waits seconds for each. */
const ROUND_MS = 10;

/**
 * Serves USB from now on.
 * @param vbus a pin that is high while the cable brings power
 * @param cable told when it comes and goes, and now if it is there
 */
export function serveUsb(vbus: number, cable: (plugged: boolean) => void): void {
  let timer = 0;
  const look = function () {
    const plugged = digitalRead(vbus);
    if (plugged && !timer) {
      timer = setInterval(function () {}, ROUND_MS);
      cable(true);
    } else if (!plugged && timer) {
      clearInterval(timer);
      timer = 0;
      cable(false);
    }
  };
  setWatch(look, vbus, { repeat: true, edge: "both" });
  look();
}
