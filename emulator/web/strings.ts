/** Everything the page says, in both of its languages. Names of commands and keys are the standard's and the keypad's, in either. */
export type PageLanguage = "en" | "vi";

const strings = {
  // The page
  title: { en: "Ochre token emulator", vi: "Trình mô phỏng thiết bị Ochre" },
  tagline: {
    en: "An open bank token. This is the firmware that is flashed, byte for byte.",
    vi: "Thiết bị xác thực ngân hàng mã nguồn mở. Đây chính là phần mềm được nạp vào máy thật, đúng từng byte.",
  },
  language: { en: "Language", vi: "Ngôn ngữ" },
  skipToToken: { en: "Skip to the token", vi: "Đến thẳng thiết bị" },
  starting: { en: "Starting the token…", vi: "Đang khởi động thiết bị…" },
  cannotStart: { en: "The token could not be started: {why}", vi: "Không khởi động được thiết bị: {why}" },
  refused: { en: "Refused: {why}", vi: "Bị từ chối: {why}" },
  dismiss: { en: "Dismiss", vi: "Đóng" },

  // The token
  token: { en: "Token", vi: "Thiết bị" },
  keypad: { en: "Keypad", vi: "Bàn phím" },
  display: { en: "Display", vi: "Màn hình" },
  displayDark: { en: "The display is dark.", vi: "Màn hình đang tắt." },
  chosen: { en: "{text}, chosen", vi: "{text}, đang chọn" },
  typeHint: {
    en: "Type on your keyboard: digits, Enter for OK, Backspace for CLEAR, arrow up and down, M for MENU, O for OFF.",
    vi: "Gõ trên bàn phím máy tính: các chữ số, Enter là OK, Backspace là CLEAR, mũi tên lên và xuống, M là MENU, O là OFF.",
  },
  keypadHint: {
    en: "Arrow keys move between the keys, Enter or Space presses one.",
    vi: "Phím mũi tên để di chuyển giữa các phím, Enter hoặc phím cách để bấm.",
  },
  keyUP: { en: "Up", vi: "Lên" },
  keyDOWN: { en: "Down", vi: "Xuống" },
  keyOK: { en: "OK", vi: "OK" },
  keyCLEAR: { en: "CLEAR", vi: "CLEAR" },
  keyMENU: { en: "MENU", vi: "MENU" },
  keyOFF: { en: "OFF", vi: "OFF" },

  // What to do with it
  guideTitle: { en: "Try it", vi: "Dùng thử" },
  guideIssued1: {
    en: "This token has been personalised with published test keys and belongs to nobody yet. Press OK and choose a PIN of 6 to 8 digits, twice.",
    vi: "Thiết bị này đã được cá thể hóa bằng khóa thử nghiệm công khai và chưa thuộc về ai. Bấm OK rồi chọn mã PIN 6 đến 8 số, nhập hai lần.",
  },
  guideIssued2: {
    en: "Press OK, enter the PIN, and choose 1 for a time code.",
    vi: "Bấm OK, nhập mã PIN, rồi chọn 1 để lấy mã theo thời gian.",
  },
  guideIssued3: {
    en: "For a payment choose 2, type the bank's ten digits {challenge}, and confirm the account with OK.",
    vi: "Để xác thực giao dịch, chọn 2, gõ mười chữ số của ngân hàng {challenge}, rồi bấm OK để xác nhận tài khoản.",
  },
  guideFactory: {
    en: "This token is as it leaves the factory. A bank personalises it with “ochre provision --lab”, over the serial port of “ochre emulator”.",
    vi: "Thiết bị này vừa xuất xưởng. Ngân hàng cá thể hóa bằng lệnh “ochre provision --lab” qua cổng nối tiếp của “ochre emulator”.",
  },

  // Time
  time: { en: "Time", vi: "Thời gian" },
  tokenClock: { en: "The token's clock", vi: "Đồng hồ của thiết bị" },
  clockLostPower: {
    en: "The clock lost power and was not set since.",
    vi: "Đồng hồ đã mất nguồn và chưa được đặt lại.",
  },
  flow: { en: "How time passes", vi: "Tốc độ thời gian" },
  frozen: { en: "Frozen", vi: "Dừng" },
  realTime: { en: "Real time", vi: "Thời gian thực" },
  timesFaster: { en: "{n} times", vi: "Nhanh {n} lần" },
  advance: { en: "Advance", vi: "Tua tới" },
  advanceBy: { en: "Span", vi: "Khoảng thời gian" },
  unit: { en: "Unit", vi: "Đơn vị" },
  seconds: { en: "seconds", vi: "giây" },
  minutes: { en: "minutes", vi: "phút" },
  hours: { en: "hours", vi: "giờ" },
  days: { en: "days", vi: "ngày" },
  years: { en: "years", vi: "năm" },
  setTo: { en: "Set the clock to (UTC)", vi: "Đặt đồng hồ thành (UTC)" },
  set: { en: "Set", vi: "Đặt" },
  setToNow: { en: "Set to now", vi: "Đặt về hiện tại" },
  drift: { en: "Drift in parts per million", vi: "Độ trôi (phần triệu)" },
  temperatures: { en: "Temperatures over a day, °C", vi: "Nhiệt độ trong ngày, °C" },
  noTimeTravel: {
    en: "On this engine time passes by itself; only the clock can be set.",
    vi: "Với bộ máy này thời gian tự trôi; chỉ có thể đặt lại đồng hồ.",
  },

  // Power
  power: { en: "Power", vi: "Nguồn điện" },
  powerIsOn: { en: "The token has power.", vi: "Thiết bị đang có nguồn." },
  powerIsOff: { en: "The token has no power.", vi: "Thiết bị không có nguồn." },
  cutPower: { en: "Cut the power", vi: "Ngắt nguồn" },
  restorePower: { en: "Restore the power", vi: "Cấp nguồn lại" },
  battery: { en: "Battery in volts", vi: "Pin (vôn)" },
  flashOperations: { en: "Flash operations so far: {n}", vi: "Số thao tác bộ nhớ flash đến nay: {n}" },
  cutAt: { en: "Cut at flash operation from now", vi: "Ngắt nguồn ở thao tác flash thứ (tính từ bây giờ)" },
  tear: { en: "Torn write, probability of each bit", vi: "Ghi dở dang, xác suất mỗi bit" },
  arm: { en: "Arm", vi: "Hẹn ngắt" },
  armed: { en: "Power will be lost at flash operation {n}.", vi: "Sẽ mất nguồn ở thao tác flash số {n}." },

  // Faults
  faults: { en: "Faults", vi: "Lỗi giả lập" },
  serialFaults: { en: "On the serial line", vi: "Trên đường truyền nối tiếp" },
  direction: { en: "Direction", vi: "Chiều" },
  toToken: { en: "to the token", vi: "đến thiết bị" },
  toHost: { en: "to the host", vi: "đến máy chủ" },
  kind: { en: "What happens", vi: "Điều xảy ra" },
  drop: { en: "drop bytes", vi: "mất byte" },
  duplicate: { en: "double bytes", vi: "lặp byte" },
  corrupt: { en: "corrupt bytes", vi: "hỏng byte" },
  delay: { en: "delay bytes", vi: "trễ byte" },
  every: { en: "One byte in", vi: "Cứ mỗi (byte)" },
  delayMs: { en: "Delay in milliseconds", vi: "Độ trễ (mili giây)" },
  add: { en: "Add", vi: "Thêm" },
  removeAll: { en: "Remove all", vi: "Bỏ hết" },
  faultLine: { en: "{kind}, {direction}, one in {every}", vi: "{kind}, {direction}, cứ {every} byte một lần" },
  noFaults: { en: "The line is clean.", vi: "Đường truyền không có lỗi." },
  flipBits: { en: "Flip flash bits, by number", vi: "Đảo bit bộ nhớ flash, theo số thứ tự" },
  flip: { en: "Flip", vi: "Đảo" },
  notNumbers: { en: "Numbers with commas between them were expected.", vi: "Cần các con số cách nhau bằng dấu phẩy." },
  notANumber: { en: "A number was expected.", vi: "Cần một con số." },
  notATime: { en: "A date and time were expected.", vi: "Cần ngày và giờ." },

  // State
  state: { en: "State", vi: "Trạng thái" },
  saveSnapshot: { en: "Save snapshot", vi: "Lưu ảnh chụp trạng thái" },
  restoreSnapshot: { en: "Restore snapshot", vi: "Khôi phục ảnh chụp" },
  snapshotHint: {
    en: "The whole token at this moment, its secrets included, in a file.",
    vi: "Toàn bộ thiết bị tại thời điểm này, gồm cả bí mật, trong một tệp.",
  },
  notASnapshot: { en: "This file is no snapshot.", vi: "Tệp này không phải ảnh chụp trạng thái." },
  saveFlash: { en: "Save flash", vi: "Lưu bộ nhớ flash" },
  loadFlash: { en: "Load flash", vi: "Nạp bộ nhớ flash" },
  loadFlashHint: { en: "Flash is loaded without power.", vi: "Chỉ nạp bộ nhớ flash khi không có nguồn." },

  // The line
  line: { en: "What host and token say", vi: "Máy chủ và thiết bị trao đổi" },
  lineHint: {
    en: "Every frame on the serial line, newest first. What travels in a secure channel (SCP03) is encrypted, and this page has no keys.",
    vi: "Mọi khung trên đường nối tiếp, mới nhất ở trên. Dữ liệu trong kênh bảo mật (SCP03) được mã hóa, và trang này không có khóa.",
  },
  lineEmpty: { en: "Nothing was said yet.", vi: "Chưa có trao đổi nào." },
  askInformation: { en: "Ask who it is", vi: "Hỏi thông tin thiết bị" },
  clearLine: { en: "Clear", vi: "Xóa" },
  hostToToken: { en: "Host to token", vi: "Máy chủ đến thiết bị" },
  tokenToHost: { en: "Token to host", vi: "Thiết bị đến máy chủ" },
  sequence: { en: "Sequence number", vi: "Số thứ tự khung" },
  secured: { en: "secured", vi: "bảo mật" },
  payload: { en: "Payload", vi: "Nội dung" },

  // What frames and APDUs mean
  reset: { en: "end the session, forget the last answer", vi: "kết thúc phiên, quên câu trả lời cuối" },
  resetDone: { en: "the session has ended", vi: "phiên đã kết thúc" },
  unknownFrame: { en: "a frame of an unknown type", vi: "khung không rõ loại" },
  noise: { en: "bytes that are no frame", vi: "các byte không thành khung" },
  packets: { en: "Packets", vi: "Số gói" },
  sentAgain: { en: "the same command once more", vi: "gửi lại đúng lệnh đó" },
  notACommand: { en: "not a command APDU", vi: "không phải lệnh APDU" },
  unknownCommand: { en: "an unknown command", vi: "lệnh không rõ" },
  getInformation: { en: "who are you?", vi: "bạn là thiết bị nào?" },
  getClock: { en: "what does your clock show?", vi: "đồng hồ của bạn chỉ mấy giờ?" },
  getOther: { en: "give a data object", vi: "lấy một đối tượng dữ liệu" },
  initializeUpdate: { en: "open a secure channel", vi: "mở kênh bảo mật" },
  externalAuthenticate: { en: "the host proves that it knows the keys", vi: "máy chủ chứng minh mình biết khóa" },
  putKey: { en: "the issuer's own keys, encrypted", vi: "khóa riêng của ngân hàng, đã mã hóa" },
  storeData: { en: "credentials and policy, a block of them", vi: "một khối thông tin xác thực và chính sách" },
  storeLastData: { en: "the last block, with the confirmation", vi: "khối cuối cùng, kèm xác nhận" },
  setClock: { en: "set the clock", vi: "đặt đồng hồ" },
  putOther: { en: "set a data object", vi: "ghi một đối tượng dữ liệu" },
  notAResponse: { en: "not a response APDU", vi: "không phải trả lời APDU" },
  answer: { en: "answer", vi: "trả lời" },
  answerWithData: { en: "answer with data", vi: "trả lời kèm dữ liệu" },
  securedAnswer: { en: "answer, encrypted", vi: "trả lời, đã mã hóa" },
  header: { en: "Header (CLA INS P1 P2)", vi: "Đầu lệnh (CLA INS P1 P2)" },
  data: { en: "Data", vi: "Dữ liệu" },
  encryptedBytes: { en: "Encrypted bytes", vi: "Số byte mã hóa" },
  mac: { en: "MAC", vi: "MAC" },
  keyVersion: { en: "Key version", vi: "Phiên bản khóa" },
  replacedKeyVersion: { en: "Replaces key version", vi: "Thay phiên bản khóa" },
  hostChallenge: { en: "Host challenge", vi: "Thách đố của máy chủ" },
  hostCryptogram: { en: "Host cryptogram", vi: "Mật chứng của máy chủ" },
  securityLevel: { en: "Security level", vi: "Mức bảo mật" },
  cardChallenge: { en: "Card challenge", vi: "Thách đố của thiết bị" },
  cardCryptogram: { en: "Card cryptogram", vi: "Mật chứng của thiết bị" },
  sequenceCounter: { en: "Sequence counter", vi: "Bộ đếm phiên" },
  block: { en: "Block", vi: "Khối" },
  serialNumber: { en: "Serial number", vi: "Số sê-ri" },
  board: { en: "Board", vi: "Bo mạch" },
  firmware: { en: "Firmware", vi: "Phần mềm" },
  assuranceClass: { en: "Assurance class", vi: "Cấp bảo đảm" },
  pinTriesLeft: { en: "PIN tries left", vi: "Số lần thử PIN còn lại" },
  stateBlank: { en: "blank", vi: "trống" },
  stateFactory: { en: "factory", vi: "xuất xưởng" },
  stateIssued: { en: "issued", vi: "đã phát hành" },
  stateActive: { en: "active", vi: "đang dùng" },
  stateLocked: { en: "locked", vi: "bị khóa" },

  // Status words (ISO/IEC 7816-4 5.1.3)
  sw9000: { en: "done", vi: "hoàn tất" },
  sw6300: { en: "authentication failed", vi: "xác thực thất bại" },
  sw6581: { en: "memory failure", vi: "lỗi bộ nhớ" },
  sw6700: { en: "wrong length", vi: "sai độ dài" },
  sw6982: { en: "security status not satisfied", vi: "chưa đủ điều kiện bảo mật" },
  sw6983: { en: "authentication blocked", vi: "xác thực bị khóa" },
  sw6985: { en: "conditions of use not satisfied", vi: "chưa đủ điều kiện sử dụng" },
  sw6988: { en: "incorrect secure messaging", vi: "thông điệp bảo mật không đúng" },
  sw6A80: { en: "incorrect data", vi: "dữ liệu không đúng" },
  sw6A84: { en: "not enough memory", vi: "không đủ bộ nhớ" },
  sw6A86: { en: "incorrect parameters P1-P2", vi: "tham số P1-P2 không đúng" },
  sw6A88: { en: "referenced data not found", vi: "không tìm thấy dữ liệu" },
  sw6D00: { en: "instruction not supported", vi: "không hỗ trợ lệnh" },
  sw6E00: { en: "class not supported", vi: "không hỗ trợ lớp lệnh" },
  sw6F00: { en: "no precise diagnosis", vi: "không rõ nguyên nhân" },
  sw9485: { en: "invalid key check value", vi: "giá trị kiểm tra khóa không hợp lệ" },
  swOther: { en: "status word", vi: "từ trạng thái" },

  // A physical token
  physical: { en: "A physical token", vi: "Thiết bị thật" },
  physicalHint: {
    en: "Plugged in over USB, through Web Serial. The page asks who it is, and shows the frames below.",
    vi: "Cắm qua USB, dùng Web Serial. Trang hỏi thông tin thiết bị và hiện các khung bên dưới.",
  },
  connect: { en: "Connect a physical token", vi: "Kết nối thiết bị thật" },
  disconnect: { en: "Disconnect", vi: "Ngắt kết nối" },
  noAnswer: { en: "Nothing there answers as a token does.", vi: "Không có thiết bị nào trả lời." },
} as const;

export type StringKey = keyof typeof strings;

/** What the page says, with `{name}` replaced by a value. */
export function say(language: PageLanguage, key: StringKey, values: Record<string, string | number> = {}): string {
  return strings[key][language].replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** A status word in words. @param statusWord SW1 << 8 | SW2 */
export function sayStatus(language: PageLanguage, statusWord: number): string {
  const hex = statusWord.toString(16).toUpperCase().padStart(4, "0");
  const key = `sw${hex}`;
  return `${say(language, key in strings ? (key as StringKey) : "swOther")} (${hex})`;
}

/** Which of the two a visitor prefers. @param preferred language tags, the best first, as `navigator.languages` */
export function pageLanguage(preferred: readonly string[]): PageLanguage {
  const known = preferred.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag === "en" || tag === "vi");
  return known === "vi" ? "vi" : "en";
}
