/** The display that a manifest names. */
import type { Manifest } from "./manifest.ts";
import { Oled } from "./oled.ts";
import type { Panel } from "./panel.ts";
import { Sh1106 } from "./sh1106.ts";
import { Ssd1306 } from "./ssd1306.ts";
import { St7567 } from "./st7567.ts";

const CONTROLLERS: Record<string, new (fault: (text: string) => void) => Panel> = {
  sh1106: Sh1106,
  ssd1306: Ssd1306,
  st7567: St7567,
};

/**
 * @param fault told of each command or value that the controller's data sheet does not allow
 * @throws RangeError for a display that is not modelled
 */
export function displayOf({ display }: Pick<Manifest, "display">, fault: (text: string) => void): Panel {
  const Controller = Object.hasOwn(CONTROLLERS, display.controller) ? CONTROLLERS[display.controller] : undefined;
  const panel = Controller && new Controller(fault);
  if (panel === undefined || panel.width !== display.width || panel.height !== display.height) {
    const { controller, width, height } = display;
    const known = Object.keys(CONTROLLERS).join(", ");
    throw new RangeError(`no ${controller} of ${width} x ${height} is modelled, but ${known} of 128 x 64`);
  }
  return panel;
}

/** @throws RangeError also for a display that is not on I2C */
export function i2cDisplayOf(manifest: Pick<Manifest, "display">, fault: (text: string) => void): Oled {
  const panel = displayOf(manifest, fault);
  if (!(panel instanceof Oled))
    throw new RangeError(`a display on I2C is expected, not ${manifest.display.controller}`);
  return panel;
}
