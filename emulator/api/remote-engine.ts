/** An engine that runs elsewhere, over its HTTP API. Needs `fetch` and nothing else, so a page can use it. */
import {
  type BootOptions,
  type CallOptions,
  type Capabilities,
  type ClockChange,
  type ClockState,
  type Engine,
  EngineError,
  type EngineName,
  type PowerState,
  type PressOptions,
  type Screen,
  type SerialFault,
  type Snapshot,
  type Sound,
} from "../engine.ts";
import { bytesFromBase64 } from "../fast/base64.ts";
import { keysOf } from "../fast/calls.ts";
import * as check from "../fast/check.ts";
import { RecordingMismatch } from "../fast/player.ts";
import { Listeners, type OnListenerError } from "../listeners.ts";
import type { Manifest } from "../machine/manifest.ts";
import type { Recorder, Recording } from "../recording.ts";
import { EventReader } from "./event-stream.ts";
import type { ScreenView } from "./schemas.ts";

/** How long a stream that broke off rests before it is opened again, in milliseconds. */
const AGAIN_MS = 1000;
const FAULTS = ["unsupported", "invalid", "conflict", "no-power", "foreign-firmware", "failed"] as const;
/** What the API itself refuses of a call that no engine would carry out: the end of a recording that is not made, for one. */
const INVALID = ["invalid-request", "malformed-json", "too-large", "unsupported-media-type", "not-found"];

interface Description {
  name: EngineName;
  serial: string;
  seed: number;
  manifest: Manifest;
  capabilities: Capabilities;
}

type SerialCall = (direction: "to-token" | "to-host", text: string) => void;

/**
 * @param address of the API, like `http://127.0.0.1:8080`; its listeners are here, and so is what they throw
 * @throws EngineError failed where nothing like it is there
 */
export async function connectRemoteEngine(
  address: string,
  { onListenerError }: Pick<BootOptions, "onListenerError"> = {},
): Promise<RemoteEngine> {
  const base = address.replace(/\/$/, "");
  return new RemoteEngine(base, (await (await ask(base, "GET", "/v1/engine")).json()) as Description, onListenerError);
}

export class RemoteEngine implements Engine, Recorder {
  readonly name: EngineName;
  readonly serial: string;
  readonly seed: number;
  readonly manifest: Manifest;
  readonly capabilities: Capabilities;
  readonly #base: string;
  readonly #screenListeners: Listeners<[Screen]>;
  readonly #serialListeners: Listeners<Parameters<SerialCall>>;
  readonly #soundListeners: Listeners<[Sound]>;
  /** Ends the stream of events. */
  #stream: AbortController | undefined;
  /** Fulfilled once the stream is open: what happens after that is told. */
  #listening: Promise<void> = Promise.resolve();
  /** The last picture of the stream; undefined before there was one. */
  #last: Screen | undefined;
  /** The last sound of the stream. */
  #heard: Sound = { hertz: 0, timeMs: 0 };
  #closed = false;

  constructor(base: string, description: Description, onListenerError?: OnListenerError) {
    const { name, serial, seed, manifest, capabilities } = description;
    this.#base = base;
    this.#screenListeners = new Listeners(onListenerError);
    this.#serialListeners = new Listeners(onListenerError);
    this.#soundListeners = new Listeners(onListenerError);
    this.name = name;
    this.serial = serial;
    this.seed = seed;
    this.manifest = manifest;
    this.capabilities = capabilities;
  }

  async keyDown(key: string): Promise<void> {
    await this.#ask("POST", `/v1/keys/${this.#key(key)}/down`);
  }
  async keyUp(key: string): Promise<void> {
    await this.#ask("POST", `/v1/keys/${this.#key(key)}/up`);
  }
  async press(keys: string[], options: PressOptions = {}, how?: CallOptions): Promise<void> {
    await this.#ask("POST", "/v1/keys", { ...check.object("how keys are held", options), press: keys }, how);
  }

  async screen(): Promise<Screen> {
    return screenOf((await (await this.#ask("GET", "/v1/screen")).json()) as ScreenView);
  }
  onScreen(call: (screen: Screen) => void): () => void {
    return this.#listen(this.#screenListeners.add(call));
  }

  onSound(call: (sound: Sound) => void): () => void {
    return this.#listen(this.#soundListeners.add(call));
  }

  async clock(): Promise<ClockState> {
    return (await this.#ask("GET", "/v1/clock")).json() as Promise<ClockState>;
  }
  async setClock(change: ClockChange): Promise<void> {
    await this.#ask("PATCH", "/v1/clock", change);
  }
  async advance(ms: number, how?: CallOptions): Promise<void> {
    await this.#ask("POST", "/v1/clock/advance", { ms }, how);
  }

  async power(): Promise<PowerState> {
    return (await this.#ask("GET", "/v1/power")).json() as Promise<PowerState>;
  }
  async powerOn(): Promise<void> {
    await this.#ask("POST", "/v1/power/on");
  }
  async powerOff(): Promise<void> {
    await this.#ask("POST", "/v1/power/off");
  }
  async cutAtFlashOperation(operation: number, tear = 0): Promise<void> {
    await this.#ask("POST", "/v1/power/cut", { operation, tear });
  }
  async setBattery(volts: number): Promise<void> {
    await this.#ask("PUT", "/v1/power/battery", { volts });
  }

  async dumpFlash(): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#ask("GET", "/v1/flash")).arrayBuffer());
  }
  async loadFlash(bytes: Uint8Array): Promise<void> {
    await this.#ask("PUT", "/v1/flash", bytes);
  }
  async flipFlashBits(bits: number[]): Promise<void> {
    await this.#ask("POST", "/v1/flash/flip", { bits });
  }

  async send(text: string): Promise<void> {
    await this.#ask("POST", "/v1/serial", { text });
  }
  onSerial(call: SerialCall): () => void {
    return this.#listen(this.#serialListeners.add(call));
  }
  async startRecording(): Promise<void> {
    await this.#ask("POST", "/v1/recording");
  }
  async stopRecording(): Promise<Recording> {
    return (await this.#ask("DELETE", "/v1/recording")).json() as Promise<Recording>;
  }
  async isRecording(): Promise<boolean> {
    const { recording } = (await (await this.#ask("GET", "/v1/engine")).json()) as { recording: boolean };
    return recording;
  }
  async replay(recording: Recording, how?: CallOptions): Promise<void> {
    await this.#ask("POST", "/v1/recording/replay", recording, how);
  }

  async serialFaults(): Promise<SerialFault[]> {
    const { faults } = (await (await this.#ask("GET", "/v1/serial/faults")).json()) as { faults: SerialFault[] };
    return faults;
  }
  async setSerialFaults(faults: SerialFault[]): Promise<void> {
    await this.#ask("PUT", "/v1/serial/faults", { faults });
  }

  async snapshot(): Promise<Snapshot> {
    return (await this.#ask("POST", "/v1/snapshot")).json() as Promise<Snapshot>;
  }
  async restore(snapshot: Snapshot): Promise<void> {
    await this.#ask("PUT", "/v1/snapshot", snapshot);
  }

  /** Ends this connection. The engine goes on, for others. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stream?.abort();
  }

  #key(key: string): string {
    return encodeURIComponent(check.key(key, keysOf(this.manifest)));
  }

  async #ask(method: string, path: string, body?: object, how?: CallOptions): Promise<Response> {
    if (this.#closed) throw new EngineError("failed", "the connection is closed");
    await this.#listening;
    return ask(this.#base, method, path, body, how?.signal);
  }

  #listen(remove: () => void): () => void {
    if (this.#stream === undefined && !this.#closed) {
      const stream = new AbortController();
      this.#stream = stream;
      this.#listening = new Promise((open) => void this.#follow(stream.signal, open));
    }
    return () => {
      remove();
      if (this.#screenListeners.size + this.#serialListeners.size + this.#soundListeners.size > 0) return;
      this.#stream?.abort();
      this.#stream = undefined;
      this.#last = undefined;
    };
  }

  /** Reads the stream, and opens it again whenever it breaks off. */
  async #follow(signal: AbortSignal, open: () => void): Promise<void> {
    while (!signal.aborted) {
      try {
        const { body } = await ask(this.#base, "GET", "/v1/frames", undefined, signal);
        const reader = new EventReader();
        let present = true;
        const pieces = body!.pipeThrough(new TextDecoderStream()).getReader();
        for (;;) {
          const { done, value } = await pieces.read();
          if (done) break;
          for (const { event, data } of reader.read(value)) {
            this.#tell(event, JSON.parse(data), present);
            // A stream begins with the present picture.
            present = false;
          }
          // The present picture came with it, so from here on nothing is missed.
          open();
        }
      } catch {
        // Whoever calls is told why; a stream only tries again.
      }
      // Nobody would tell of its end.
      if (this.#heard.hertz > 0) this.#sound({ ...this.#heard, hertz: 0 });
      open();
      if (!signal.aborted) await new Promise((rested) => setTimeout(rested, AGAIN_MS));
    }
    open();
  }

  #sound(sound: Sound): void {
    this.#heard = sound;
    this.#soundListeners.tell(sound);
  }

  /** @param present it tells how things are, not what is new */
  #tell(event: string, data: unknown, present: boolean): void {
    if (event === "serial") {
      const { direction, text } = data as { direction: "to-token" | "to-host"; text: string };
      this.#serialListeners.tell(direction, text);
    } else if (event === "sound") {
      this.#sound(data as Sound);
    } else if (event === "screen") {
      const screen = screenOf(data as ScreenView);
      // Its number says nothing: a token that was put back counts as it did then.
      const news = !present || (this.#last !== undefined && !samePicture(screen, this.#last));
      this.#last = screen;
      if (news) this.#screenListeners.tell(screen);
    }
  }
}

const screenOf = (view: ScreenView): Screen => ({ ...view, pixels: bytesFromBase64(view.pixels) });

const samePicture = (one: Screen, other: Screen): boolean =>
  one.on === other.on && one.pixels.every((byte, i) => byte === other.pixels[i]);

function json(body: object | undefined): string | undefined {
  try {
    return JSON.stringify(body);
  } catch (error) {
    return check.refuse(`what is asked for can't be written as JSON: ${(error as Error).message}`);
  }
}

interface ProblemAnswer extends Partial<Pick<RecordingMismatch, "step" | "what" | "expected" | "actual">> {
  type?: string;
  title?: string;
  detail?: string;
}

/** @throws EngineError for a problem, with the fault that it stands for; RecordingMismatch */
async function ask(base: string, method: string, path: string, body?: object, signal?: AbortSignal): Promise<Response> {
  const bytes = body instanceof Uint8Array;
  const type = bytes ? "application/octet-stream" : "application/json";
  const sent = bytes ? new Uint8Array(body) : json(body);
  let response: Response;
  try {
    response = await fetch(base + path, {
      method,
      signal,
      ...(sent === undefined ? {} : { headers: { "content-type": type }, body: sent }),
    });
  } catch (error) {
    throw new EngineError("failed", `there is no answer from ${base}: ${(error as Error).message}`);
  }
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as ProblemAnswer;
  const kind = problem.type?.replace(/^urn:ochre:problem:/, "");
  if (kind === "mismatch") {
    const { step = 0, what = "", expected = [], actual = [] } = problem;
    throw new RecordingMismatch(step, what, expected, actual);
  }
  const fault = FAULTS.find((each) => each === kind) ?? (INVALID.includes(kind ?? "") ? "invalid" : "failed");
  throw new EngineError(fault, problem.detail ?? problem.title ?? `the answer was ${response.status}`);
}
