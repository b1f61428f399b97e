/**
 * Which steps of the guide were done, told from what the display shows: the page has nothing else to go by. The words are those of the
 * firmware, in either of its languages; the tests of the page in a browser hold the two together.
 */

/** In the order in which the guide has them. */
export const STEPS = ["pin", "unlock", "timeCode", "payment"] as const;
export type Step = (typeof STEPS)[number];

/** How far a visitor has come with a token. */
export interface Way {
  /** A bank has been at the token. */
  personalised: boolean;
  done: readonly Step[];
  /** The screen before a code, by which one tells what the code is for. */
  from?: "menu" | "confirmation";
}

export const WAY_BEGINS: Way = { personalised: false, done: [] };

const FACTORY = /Not personalised|Chưa kích hoạt|Not installed|Chưa cài đặt/;
const ISSUED = /Press OK to start|Bấm OK để bắt đầu|Choose a new PIN|Chọn mã PIN mới/;
const WITH_PIN = /PIN is set|Đã đặt mã PIN|Enter your PIN|Nhập mã PIN/;
const MENU = /Choose a code|Chọn loại mã/;
const CONFIRMATION = /Account ends in|Số TK kết thúc bằng/;
/** Digits with a bar below, which says for how long they hold: digits that are typed in have none. */
const CODE = /^\d[\d ]*\n(.*\n)*[█░]+$/m;

/** @param lines of the display */
export function wayOn(way: Way, lines: readonly string[]): Way {
  const text = lines.map((line) => line.trim()).join("\n");
  if (FACTORY.test(text)) return WAY_BEGINS;
  if (MENU.test(text)) return { ...further(way, "pin", "unlock"), from: "menu" };
  if (CONFIRMATION.test(text)) return { ...further(way, "pin", "unlock"), from: "confirmation" };
  if (CODE.test(text) && way.from !== undefined) return further(way, way.from === "menu" ? "timeCode" : "payment");
  if (WITH_PIN.test(text)) return { ...further(way, "pin"), from: undefined };
  return ISSUED.test(text) ? { ...further(way), from: undefined } : way;
}

function further(way: Way, ...steps: Step[]): Way {
  return { ...way, personalised: true, done: STEPS.filter((step) => way.done.includes(step) || steps.includes(step)) };
}
