/**
 * What happened to a machine since its power last came on, and the snapshots that are made of that. The bundle's variables cannot be
 * copied from outside; but a machine without power is plain data, and what follows is repeated to the bit by repeating what was done.
 * So a snapshot is the machine before its power came on, what was done to it since, and the time; restoring it is living it again.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { EngineError, type Snapshot } from "../engine.ts";
import { ForeignFirmware } from "../machine/images.ts";
import { type Installation, type Issue, Machine, type MachineOptions, type MachineState } from "../machine/machine.ts";
import { act, live, type TimedAction } from "./action.ts";
import { admit, prepare } from "./admission.ts";
import { base64FromBytes, bytesFromBase64 } from "./base64.ts";
import { MOST_MARKS, marks, readJson } from "./bounded-json.ts";
import { namedOn } from "./calls.ts";
import * as check from "./check.ts";
import { type Story, toStory, toText } from "./story.ts";
import type { Turns } from "./turns.ts";

const VERSION = 1;
/**
 * What a snapshot may have to repeat, in characters of JSON: a day of somebody at the keypad, or some thousand exchanges. The JSON of all
 * that is read in one piece, in which nobody else gets a turn.
 */
const LONGEST = 8 * 1024 * 1024;
/** What its JSON has beside what was done, in marks: flash, clock, line. */
const BESIDE = 10_000;
/** The same in callbacks of the machine: some minutes of work. */
const MOST_WORK = 2_000_000;
/** Characters that are hashed between two looks at the time. */
const HASHED = 256 * 1024;
/** What a finger may wake that leaves its key at the end of a snapshot. */
const FINGER_WORK = 100_000;
/** Base64 of all that, with characters of two bytes, and of the flash. */
export const LONGEST_DATA = 24 * 1024 * 1024;

const refused = (message: string) => new EngineError("invalid", `the snapshot is refused: ${message}`);
const ignore = () => {};
const refuseForeign = (error: unknown) => {
  if (error instanceof ForeignFirmware) throw new EngineError("foreign-firmware", FOREIGN + error.message);
};
const FOREIGN = "the snapshot is refused: ";

/** What was done since the power came on. */
export interface Told {
  start: MachineState;
  /** Each as JSON. */
  actions: string[];
  /** All of it was done to a token of this engine. */
  own: boolean;
}

type Rests = Pick<Turns, "over" | "rest">;

export class Chronicle {
  readonly #options: MachineOptions & { install: Installation | Issue };
  #start: MachineState | undefined;
  /** Each as JSON. */
  #actions: string[] = [];
  #length = 0;
  #marks = 0;
  /** The machine's work when the story began. */
  #work = 0;
  #own = true;
  /**
   * Checksums of the snapshots that were given: of those it is known that their bytes of a host came over the line. Others only say so,
   * and firmware that such bytes bring is not run.
   */
  readonly #given = new Set<string>();

  constructor(options: MachineOptions & { install: Installation | Issue }) {
    this.#options = options;
  }

  /** What went before is over, where the machine's state is one to begin from; otherwise the story goes on. */
  begin(machine: Machine): void {
    const { state, work } = machine;
    if (state !== undefined) this.#tell({ start: state, actions: [], own: true }, work);
  }

  /** @param retold a file told of it */
  note(action: TimedAction, retold: boolean): void {
    if (retold) this.#own = false;
    if (this.#start !== undefined) this.#add(JSON.stringify(action));
  }

  #add(action: string): void {
    this.#length += action.length;
    // A comma goes before it.
    this.#marks += marks(action) + 1;
    if (this.#length <= LONGEST && this.#marks <= MOST_MARKS - BESIDE) this.#actions.push(action);
    else {
      this.#start = undefined;
      this.#actions = [];
    }
  }

  /** @param held a key that is down only while a press goes on: there is no finger on it in the snapshot, which knows of no press */
  async snapshot({ now, work }: Machine, turns: Rests, held?: string): Promise<Snapshot> {
    if (this.#start === undefined || work - this.#work > MOST_WORK)
      throw new EngineError(
        "failed",
        "too much was done since the power came on to repeat it: take the power away and give it back",
      );
    const own = this.#own;
    const actions = [...this.#actions];
    const leaves: TimedAction = { do: "key", key: held ?? "", down: false, bounceMs: 0, at: now };
    if (held !== undefined) actions.push(JSON.stringify(leaves));
    const story = { of: await this.#identity(turns), start: this.#start, now };
    const text = new TextEncoder().encode(toText(story, actions));
    if (turns.over()) await turns.rest();
    const data = base64FromBytes(text);
    if (turns.over()) await turns.rest();
    const { board } = this.#options.manifest;
    const sha256 = await checksum(board, data, turns);
    if (own) this.#given.add(sha256);
    return { version: VERSION, board, data, sha256 };
  }

  /**
   * The machine that a snapshot was taken of, which goes on from there, and its story for `adopt`. Nothing has changed yet.
   * @throws EngineError invalid for a snapshot that is damaged, of another kind, or such as no engine gives; foreign-firmware
   */
  async repeat(snapshot: Snapshot, turns: Rests): Promise<{ machine: Machine; told: Told }> {
    const read = await this.#read(snapshot, turns);
    let machine: Machine;
    let story: Story;
    try {
      story = await toStory(read, namedOn(this.#options.manifest), turns);
      machine = new Machine({ ...this.#options, state: story.start });
    } catch (error) {
      // An engine that was closed meanwhile.
      if (error instanceof EngineError && error.fault !== "invalid") throw error;
      throw refused(`it can't be repeated: ${(error as Error).message}`);
    }
    await admit(machine, FOREIGN);
    const own = this.#given.has(snapshot.sha256);
    machine.flash.retold = !own;
    // What one of this engine's own did not run then, it does not run now.
    const onError = own ? ignore : refuseForeign;
    const told: Told = { start: story.start, actions: [], own };
    const tooMuch = () => machine.work > MOST_WORK + FINGER_WORK;
    const over = () => turns.over() || tooMuch();
    const pause = async () => {
      if (tooMuch()) throw refused("it can't be repeated: it takes more work than any engine puts in one");
      await turns.rest();
    };
    const liveTo = async (until: number) => {
      while (!live(machine, until, over, onError)) await pause();
      if (over()) await pause();
    };
    for (const { at, ...action } of story.actions) {
      await liveTo(at);
      if (action.do === "load" && machine.powered) throw refused("it can't be repeated: it loads flash under power");
      if (action.do !== "key") await prepare(machine);
      act(machine, action, over, onError);
      told.actions.push(JSON.stringify({ ...action, at }));
      await liveTo(at);
    }
    await liveTo(story.now);
    machine.flash.retold = false;
    return { machine, told };
  }

  /** Goes on with what was repeated, in place of its own. */
  adopt(told: Told): void {
    this.#tell(told, 0);
  }

  #tell({ start, actions, own }: Told, work: number): void {
    this.#start = start;
    this.#own = own;
    this.#actions = [];
    this.#length = 0;
    this.#marks = 0;
    this.#work = work;
    for (const action of actions) this.#add(action);
  }

  async #read(snapshot: Snapshot, turns: Rests): Promise<object> {
    const { board } = this.#options.manifest;
    const { version, data, sha256 } = (snapshot ?? {}) as Partial<Snapshot>;
    if (version !== VERSION)
      throw refused(`it is of version ${check.shown(version)}, and this engine reads ${VERSION}`);
    if (snapshot.board !== board)
      throw refused(`it is of a board ${check.shown(snapshot.board)}, and this is a ${board}`);
    if (typeof data === "string" && data.length > LONGEST_DATA)
      throw refused(`it has ${data.length} characters, and no engine gives more than ${LONGEST_DATA}`);
    if (typeof data !== "string" || sha256 !== (await checksum(board, data, turns))) throw refused("it is damaged");
    if (turns.over()) await turns.rest();
    const told = parsed(data);
    if (turns.over()) await turns.rest();
    if (told?.start === undefined) throw refused("it holds none");
    if (told.of !== (await this.#identity(turns))) throw refused("it is of another firmware or another token");
    return told;
  }

  #identity(turns: Rests): Promise<string> {
    const { bundle, install } = this.#options;
    const { serial } = install;
    if ("entries" in install) {
      const entries = install.entries.map(({ id, value }) => [id, ...value]);
      return sha256Hex(JSON.stringify([bundle, serial, entries]), turns);
    }
    const { keyVersion, enc, mac, dek } = install;
    return sha256Hex(JSON.stringify([bundle, serial, keyVersion, [...enc], [...mac], [...dek]]), turns);
  }
}

/** @returns undefined for what is no Base64 of JSON @throws EngineError invalid for more of it than any engine gives */
function parsed(data: string): Partial<Story> | undefined {
  try {
    return Object(readJson(new TextDecoder().decode(bytesFromBase64(data))));
  } catch (error) {
    if (error instanceof EngineError) throw refused(error.message);
    return undefined;
  }
}

const checksum = (board: string, data: string, turns: Rests) => sha256Hex(`${VERSION} ${board} ${data}`, turns);

/** Not the browser's own, which a page that came over plain http has not. */
async function sha256Hex(text: string, turns: Rests): Promise<string> {
  const hash = sha256.create();
  for (let at = 0; at < text.length; at += HASHED) {
    hash.update(utf8ToBytes(text.slice(at, at + HASHED)));
    if (turns.over()) await turns.rest();
  }
  return bytesToHex(hash.digest());
}
