/** Hears what a page plays, on its way to the loudspeaker. */
import type { Page } from "playwright-core";

/** Listens from now on: a page that sounded already is not heard. */
export async function listen(page: Page): Promise<void> {
  await page.evaluate(`{
    const connect = AudioNode.prototype.connect;
    AudioNode.prototype.connect = function (to, ...rest) {
      if (to instanceof AudioDestinationNode) {
        const analyser = new AnalyserNode(to.context, { fftSize: 1024 });
        connect.call(this, analyser);
        const samples = new Float32Array(analyser.fftSize);
        setInterval(() => {
          analyser.getFloatTimeDomainData(samples);
          const rises = [];
          for (let i = 1; i < samples.length; i++) if (samples[i - 1] <= 0 && samples[i] > 0) rises.push(i);
          if (rises.length < 5) return;
          const hertz = ((rises.length - 1) * to.context.sampleRate) / (rises.at(-1) - rises[0]);
          heardTones.push(hertz);
        }, 5);
      }
      return connect.call(this, to, ...rest);
    };
    globalThis.heardTones = [];
  }`);
}

/** The pitches that were heard since this was asked last, in hertz. */
export async function heard(page: Page): Promise<number[]> {
  return (await page.evaluate("heardTones.splice(0)")) as number[];
}
