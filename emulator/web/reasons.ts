/**
 * Why an engine refused something, in words of the page. An engine says so in English: what a visitor can come to is known here by its
 * wording (`reasons.test.ts` brings each about), and whatever else there is stays a detail in the engine's own words.
 */
import { RecordingMismatch } from "../recording.ts";
import type { StringKey } from "./strings.ts";

export interface Reason {
  key: StringKey;
  values: Record<string, string>;
  /** What no page can translate: the words of the firmware, of a parser, of a browser. */
  detail?: string;
}

/** What is named in them goes into the string; `detail` stands for itself. The first that fits is it. */
const REASONS: readonly [RegExp, StringKey][] = [
  // Power
  [/^the token has no power/, "noPowerKeys"],
  [/^the board starts from (?<lowest>\S+) V, and the battery has (?<volts>\S+) V$/, "whyBattery"],
  [/^the power was gone after (?<pressed>\d+) of (?<keys>\d+) keys$/, "whyPowerGone"],
  // Recordings
  [/would break the recording that is being made/, "whyRecording"],
  [/^a recording is being made already/, "whyRecording"],
  [/^no recording is being made/, "whyNotRecording"],
  [/^the recording begins or ends just now/, "whyRecordingMoves"],
  [/^the recording is full, with (?<steps>\d+) steps/, "whyRecordingFull"],
  [/^the recording is refused: this is no \S+ of version \d+$/, "whyNoRecording"],
  [/^the recording is refused: it is of a board (?<other>.*), and this is a (?<board>.*)$/, "whyBoard"],
  [/^the recording is refused: it is of the token (?<other>.*), and this is (?<serial>.*)$/, "whySerial"],
  [/^the recording is refused: its battery has less than/, "whyFlatRecording"],
  [/^the recording is refused: step (?<step>\d+): (?<detail>.*)$/s, "whyBadStep"],
  [/^the recording is refused: (?<detail>.*)$/s, "whyBadRecording"],
  [/^step (?<step>\d+), (?<call>\w+): it was refused \((?<fault>[\w-]+)\), and now it is not$/, "whyNotRefused"],
  [/^(before )?step (?<step>\d+), (?<call>\w+): (?<detail>.*)$/s, "whyOtherwise"],
  // Snapshots
  [/^the snapshot is refused: it is of a board (?<other>.*), and this is a (?<board>.*)$/, "whyBoard"],
  [/^the snapshot is refused: it is of version undefined/, "whyNoSnapshot"],
  [/^the snapshot is refused: it is of version (?<version>.*), and this engine reads/, "whySnapshotVersion"],
  [/^the snapshot is refused: it is damaged$/, "whyDamaged"],
  [/^the snapshot is refused: it is of another firmware or another token$/, "whyOtherToken"],
  [/^the snapshot is refused: (?<detail>.*)$/s, "whyBadSnapshot"],
  [/^too much was done since the power came on/, "whyTooMuch"],
  [/^a (snapshot was restored|recording was played) before all keys were pressed$/, "whyReplaced"],
  // Flash
  [/^flash is \w+ while the power is off/, "whyFlashUnderPower"],
  [/^the flash has (?<bytes>\d+) bytes, not (?<given>\d+)$/, "whyFlashBytes"],
  [/^the number of a bit is a whole number from 0 to (?<last>\d+), not/, "whyBit"],
  [/^bits to flip are a list of at most (?<most>\d+) numbers/, "whyManyBits"],
  // Time and the line
  [/keeps the token awake/, "whyAwake"],
  [/^an engine's time ends/, "whyTimeEnds"],
  [/^temperatures are a list of at most (?<most>\d+)/, "whyManyTemperatures"],
  [/^serial faults are a list of at most (?<most>\d+)/, "whyManyFaults"],
  [/^of serial faults at most (?<most>\d+) duplicate/, "whyManyDoubles"],
  // What an API says of a file that it does not look into
  [/^a body has at most (?<most>\d+) bytes here$/, "whyLongFile"],
  [/^body\S* (?<detail>.*)$/s, "whyShape"],
  [/^(lists and objects of JSON lie at most|JSON has at most)/, "whyDeepFile"],
  // Failures
  [/^(power on: )?the firmware failed: (?<detail>.*)$/s, "whyFirmware"],
  [/^the simulator failed: (?<detail>.*)$/s, "whySimulator"],
];

/** @returns undefined for what the page has no words for */
export function reasonOf(error: unknown): Reason | undefined {
  if (error instanceof SyntaxError) return { key: "whyNoJson", values: {} };
  if (error instanceof RecordingMismatch && error.step === 0) return { key: "whyOtherFirstScreen", values: {} };
  if (error instanceof RecordingMismatch)
    return { key: "whyOtherScreen", values: { step: String(error.step), call: error.what } };
  const message = error instanceof Error ? error.message : String(error);
  for (const [wording, key] of REASONS) {
    const found = wording.exec(message);
    if (found === null) continue;
    const { detail, ...values } = found.groups ?? {};
    return detail === undefined ? { key, values } : { key, values, detail };
  }
  return undefined;
}
