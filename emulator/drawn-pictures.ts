/** The pictures of a display that somebody else draws on: each is told of once it has been drawn to its end, with its number. */
import type { Screen } from "./engine.ts";
import { Listeners, type OnListenerError } from "./listeners.ts";
import type { Manifest } from "./machine/manifest.ts";
import type { Oled } from "./machine/oled.ts";
import { ScreenReader } from "./screen-reader.ts";

export class DrawnPictures {
  readonly #display: Oled;
  readonly #manifest: Manifest;
  readonly #reader: ScreenReader;
  readonly #listeners: Listeners<[Screen]>;
  #picture: { pixels: Uint8Array; on: boolean };
  #frame = 0;

  constructor(display: Oled, manifest: Manifest, onListenerError?: OnListenerError) {
    this.#listeners = new Listeners(onListenerError);
    this.#display = display;
    this.#manifest = manifest;
    this.#reader = new ScreenReader(manifest);
    this.#picture = { pixels: display.frame(), on: false };
  }

  /** The last of them. */
  get screen(): Screen {
    const { on, pixels } = this.#picture;
    const lines = this.#reader.lines(pixels).map(({ text, inverted }) => ({ text: text.trimEnd(), inverted }));
    const { width, height } = this.#manifest.display;
    return { on, width, height, lines, pixels: pixels.slice(), frame: this.#frame };
  }

  /** Called with each new one, until the result is called. */
  onScreen(call: (screen: Screen) => void): () => void {
    return this.#listeners.add(call);
  }

  /** What the display shows now has been drawn to its end. */
  look(): void {
    const { on } = this.#display;
    const pixels = this.#display.frame();
    if (on === this.#picture.on && Buffer.compare(pixels, this.#picture.pixels) === 0) return;
    this.#picture = { pixels, on };
    this.#frame++;
    if (this.#listeners.size > 0) this.#listeners.tell(this.screen);
  }
}
