/**
 * What happened to a machine since its power last came on, and the snapshots that are made of that. The bundle's variables cannot be
 * copied from outside; but a machine without power is plain data, and what follows is repeated to the bit by repeating what was done.
 * So a snapshot is the machine before its power came on, what was done to it since, and the time; restoring it is living it again.
 */
import { EngineError, type Snapshot } from "../engine.ts";
import type { FlashPages } from "../machine/flash.ts";
import { type Installation, Machine, type MachineOptions, type MachineState } from "../machine/machine.ts";
import { checkAction, live, perform, type TimedAction } from "./action.ts";
import { base64FromBytes, bytesFromBase64 } from "./base64.ts";

const VERSION = 1;
/** What a snapshot may have to repeat, in characters, roughly: days of somebody at the keypad, or some ten thousand exchanges. */
const LONGEST = 32 * 1024 * 1024;
const ENTRY = 64;
/** Ten thousand years. */
const LATEST = 1e4 * 365.25 * 86_400e6;

export interface Story {
  /** Digest of the bundle and its installation: another's variables would come out of the same actions. */
  of: string;
  start: MachineState;
  actions: TimedAction[];
  /** Microseconds. */
  now: number;
}

/** Bytes in JSON. */
type Packed = Omit<Story, "start"> & { start: Omit<MachineState, "pages"> & { pages: [number, string][] } };

const refused = (message: string) => new EngineError("invalid", `the snapshot is refused: ${message}`);

export class Chronicle {
  readonly #options: MachineOptions & { install: Installation };
  #start: MachineState | undefined;
  #actions: TimedAction[] = [];
  #length = 0;

  constructor(options: MachineOptions & { install: Installation }) {
    this.#options = options;
  }

  /** What went before is over. @param state of the machine; undefined where it is none to begin from, and the story goes on */
  begin(state: MachineState | undefined): void {
    if (state === undefined) return;
    this.#start = state;
    this.#actions = [];
    this.#length = 0;
  }

  note(action: TimedAction): void {
    if (this.#start === undefined) return;
    this.#length += ENTRY;
    if (action.do === "receive") this.#length += action.text.length;
    else if (action.do === "load") this.#length += action.base64.length;
    else if (action.do === "flip") this.#length += action.bits.length * 8;
    if (this.#length <= LONGEST) this.#actions.push(action);
    else {
      this.#start = undefined;
      this.#actions = [];
    }
  }

  async snapshot(now: number): Promise<Snapshot> {
    const start = this.#start;
    if (start === undefined)
      throw new EngineError(
        "failed",
        "too much was done since the power came on to repeat it: take the power away and give it back",
      );
    const pages = start.pages.map(([page, bytes]): [number, string] => [page, base64FromBytes(bytes)]);
    const packed: Packed = { of: "", start: { ...start, pages }, actions: [...this.#actions], now };
    packed.of = await this.#identity();
    const data = base64FromBytes(new TextEncoder().encode(JSON.stringify(packed)));
    const { board } = this.#options.manifest;
    return { version: VERSION, board, data, sha256: await checksum(board, data) };
  }

  /**
   * The machine that a snapshot was taken of, which goes on from there, and its story for `adopt`. Nothing has changed yet: between
   * reading and adopting, the old machine's story goes on.
   * @throws EngineError invalid for a snapshot that is damaged or of another kind
   */
  async repeat(snapshot: Snapshot): Promise<{ machine: Machine; story: Story }> {
    const story = await this.#read(snapshot);
    let machine: Machine;
    try {
      if (!(story.now <= LATEST)) throw new Error("its time has no end");
      machine = new Machine({ ...this.#options, state: story.start });
      for (const action of story.actions) {
        checkAction(action, machine.keypad.keys);
        if (!(action.at >= machine.now && action.at <= story.now)) throw new Error("its times are in no order");
        live(machine, action.at);
        live(machine, action.at, () => perform(machine, action));
      }
      live(machine, story.now);
    } catch (error) {
      throw refused(`it can't be repeated: ${(error as Error).message}`);
    }
    return { machine, story };
  }

  /** Goes on with a story that was repeated, in place of its own. */
  adopt(story: Story): void {
    this.begin(story.start);
    for (const action of story.actions) this.note(action);
  }

  async #read(snapshot: Snapshot): Promise<Story> {
    const { board } = this.#options.manifest;
    const { version, data, sha256 } = (snapshot ?? {}) as Partial<Snapshot>;
    if (version !== VERSION) throw refused(`it is of version ${version}, and this engine reads ${VERSION}`);
    if (snapshot.board !== board) throw refused(`it is of a board ${snapshot.board}, and this is a ${board}`);
    if (typeof data !== "string" || sha256 !== (await checksum(board, data))) throw refused("it is damaged");
    let packed: Packed;
    let pages: FlashPages;
    try {
      packed = JSON.parse(new TextDecoder().decode(bytesFromBase64(data)));
      pages = packed.start.pages.map(([page, bytes]) => [page, bytesFromBase64(bytes)]);
    } catch {
      throw refused("it holds none");
    }
    if (packed.of !== (await this.#identity())) throw refused("it is of another firmware or another token");
    return { ...packed, start: { ...packed.start, pages } };
  }

  #identity(): Promise<string> {
    const { bundle, install } = this.#options;
    const { serial, keyVersion, enc, mac, dek } = install;
    return sha256Hex(JSON.stringify([bundle, serial, keyVersion, [...enc], [...mac], [...dek]]));
  }
}

const checksum = (board: string, data: string) => sha256Hex(`${VERSION} ${board} ${data}`);

async function sha256Hex(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
