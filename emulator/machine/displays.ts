/** The display that a manifest names. */
import type { Manifest } from "./manifest.ts";
import type { Oled } from "./oled.ts";
import { Sh1106 } from "./sh1106.ts";
import { Ssd1306 } from "./ssd1306.ts";

const CONTROLLERS: Record<string, new (fault: (text: string) => void) => Oled> = { sh1106: Sh1106, ssd1306: Ssd1306 };

/**
 * @param fault told of each command or value that the controller's data sheet does not allow
 * @throws RangeError for a display that is not modelled
 */
export function displayOf({ display }: Pick<Manifest, "display">, fault: (text: string) => void): Oled {
  const Controller = Object.hasOwn(CONTROLLERS, display.controller) ? CONTROLLERS[display.controller] : undefined;
  const panel = Controller && new Controller(fault);
  if (panel === undefined || panel.width !== display.width || panel.height !== display.height) {
    const { controller, width, height } = display;
    const known = Object.keys(CONTROLLERS).join(" and ");
    throw new RangeError(`no ${controller} of ${width} x ${height} is modelled, but ${known} of 128 x 64`);
  }
  return panel;
}
