/** Everything the page says, in both of its languages. Names of commands and keys are the standard's and the keypad's, in either. */
import type { PageLanguage } from "./embedded.ts";

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
  cannotStart: { en: "The token could not be started.", vi: "Không khởi động được thiết bị." },
  refused: { en: "This was refused.", vi: "Yêu cầu bị từ chối." },
  foreignFirmware: {
    en: "The flash holds a firmware that this emulator was not given, so it is not run. A page without a server runs only the firmware that it was built with.",
    vi: "Bộ nhớ flash chứa một phần mềm mà trình mô phỏng này không được cấp, nên nó không được chạy. Trang không có máy chủ chỉ chạy phần mềm đi kèm khi tạo trang.",
  },
  unsupported: { en: "This engine can't do that.", vi: "Bộ máy này không làm được việc đó." },
  engineFailed: { en: "The emulator failed.", vi: "Trình mô phỏng gặp lỗi." },
  lost: {
    en: "The emulator does not answer. The page goes on trying.",
    vi: "Trình mô phỏng không trả lời. Trang vẫn đang thử lại.",
  },
  detail: { en: "Technical detail:", vi: "Chi tiết kỹ thuật (tiếng Anh):" },
  dismiss: { en: "Dismiss", vi: "Đóng" },

  // The token
  token: { en: "Token", vi: "Thiết bị" },
  keypad: { en: "Keypad", vi: "Bàn phím" },
  display: { en: "Display", vi: "Màn hình" },
  noPower: { en: "The token has no power.", vi: "Thiết bị không có nguồn." },
  noPowerKeys: {
    en: "The token has no power, so nothing reaches it.",
    vi: "Thiết bị không có nguồn nên không nhận được gì.",
  },
  batteryFlat: {
    en: "Battery too low: {volts} V, at least {lowest} V needed.",
    vi: "Pin quá yếu: còn {volts} V, cần từ {lowest} V.",
  },
  freshCells: { en: "Fresh cells", vi: "Thay pin mới" },
  powerOn: { en: "Power on", vi: "Bật nguồn" },
  asleep: {
    en: "The display has gone dark. Any key wakes the token.",
    vi: "Màn hình đã tắt. Bấm phím bất kỳ để bật lại.",
  },
  displayDark: { en: "The display is dark.", vi: "Màn hình đang tắt." },
  chosen: { en: "{text}, chosen", vi: "{text}, đang chọn" },
  typeHint: {
    en: "Click the token and type: digits, Enter for OK, Backspace for CLEAR, arrow up and down, M for MENU, O for OFF.",
    vi: "Bấm vào thiết bị rồi gõ: các chữ số, Enter là OK, Backspace là CLEAR, mũi tên lên và xuống, M là MENU, O là OFF.",
  },
  typeHintButtons: {
    en: "Click the token and use arrow up and down, Enter for OK (held down: settings), Backspace for CLEAR.",
    vi: "Bấm vào thiết bị rồi dùng mũi tên lên và xuống, Enter là OK (giữ lâu: cài đặt), Backspace là CLEAR.",
  },
  keypadHint: {
    en: "Arrow keys move between the keys, Enter or Space presses one.",
    vi: "Phím mũi tên để di chuyển giữa các phím, Enter hoặc phím cách để bấm.",
  },
  sound: { en: "Sound", vi: "Âm thanh" },
  sounds: { en: "buzzer, {hertz} Hz", vi: "còi kêu, {hertz} Hz" },
  keyUP: { en: "Up", vi: "Lên" },
  keyDOWN: { en: "Down", vi: "Xuống" },
  keyOK: { en: "OK", vi: "OK" },
  keyCLEAR: { en: "CLEAR", vi: "CLEAR" },
  keyMENU: { en: "MENU", vi: "MENU" },
  keyOFF: { en: "OFF", vi: "OFF" },

  // What to do with it
  guideTitle: { en: "Try it", vi: "Dùng thử" },
  guideIssued: {
    en: "A bank has personalised this token, with published test keys. Its PIN is yours to choose.",
    vi: "Ngân hàng đã cá thể hóa thiết bị này bằng khóa thử nghiệm công khai. Mã PIN là do bạn chọn.",
  },
  guideFactory: {
    en: "This token is as it leaves the factory. A bank personalises one that “ochre emulator” runs, over its serial port:",
    vi: "Thiết bị này vừa xuất xưởng. Ngân hàng cá thể hóa thiết bị chạy bằng “ochre emulator” qua cổng nối tiếp của nó:",
  },
  guideUnknown: {
    en: "If the display says “Not personalised” or “Chưa kích hoạt”, play the bank first, in a second terminal:",
    vi: "Nếu màn hình ghi “Chưa kích hoạt” hoặc “Not personalised”, trước hết hãy đóng vai ngân hàng, ở một cửa sổ lệnh khác:",
  },
  guidePersonalised: {
    en: "A bank has personalised this token.",
    vi: "Ngân hàng đã cá thể hóa thiết bị này.",
  },
  guideDone: { en: "Done.", vi: "Đã xong." },
  guideStep1: {
    en: "Press OK and choose a PIN of 6 to 8 digits, with OK after it. Type it again, and OK. One like 123456 is refused.",
    vi: "Bấm OK, chọn mã PIN 6 đến 8 số rồi bấm OK. Nhập lại lần nữa rồi bấm OK. Mã dễ đoán như 123456 bị từ chối.",
  },
  guideStep2: { en: "Press OK, then type the PIN and OK.", vi: "Bấm OK, nhập mã PIN rồi bấm OK." },
  guideStep3: {
    en: "Choose 1: here is a time code, a new one every 30 seconds.",
    vi: "Chọn 1: đây là mã theo thời gian, đổi mới sau mỗi 30 giây.",
  },
  guideStep4: {
    en: "For a payment press OFF, then step 2 again. Choose 2, type the bank's digits {challenge} and OK, and confirm the account with OK.",
    vi: "Để xác thực giao dịch, bấm OFF rồi làm lại bước 2. Chọn 2, gõ các số của ngân hàng {challenge} rồi OK, và bấm OK để xác nhận tài khoản.",
  },

  // Time
  time: { en: "Time", vi: "Thời gian" },
  timeHint: { en: "stop the clock, or leap a month ahead", vi: "dừng đồng hồ, hoặc tua tới một tháng sau" },
  timeHintSlow: { en: "set the clock, let it drift", vi: "đặt đồng hồ, làm đồng hồ trôi" },
  tokenClock: { en: "The token's clock", vi: "Đồng hồ của thiết bị" },
  clockLostPower: {
    en: "The clock lost power and was not set since.",
    vi: "Đồng hồ đã mất nguồn và chưa được đặt lại.",
  },
  noClockChip: {
    en: "This token has no clock chip. A host can set its time in a session, if it has a line to one, and it is lost with the power.",
    vi: "Thiết bị này không có chip đồng hồ. Máy chủ có thể đặt giờ trong một phiên, nếu thiết bị có đường nối tới máy chủ; giờ mất khi mất nguồn.",
  },
  flow: { en: "How time passes", vi: "Tốc độ thời gian" },
  frozen: { en: "Frozen", vi: "Dừng" },
  realTime: { en: "Real time", vi: "Thời gian thực" },
  timesFaster: { en: "{n} times", vi: "Nhanh {n} lần" },
  advance: { en: "Advance", vi: "Tua tới" },
  advanceBy: { en: "Leap ahead by", vi: "Tua tới thêm" },
  unit: { en: "Unit", vi: "Đơn vị" },
  seconds: { en: "seconds", vi: "giây" },
  minutes: { en: "minutes", vi: "phút" },
  hours: { en: "hours", vi: "giờ" },
  days: { en: "days", vi: "ngày" },
  years: { en: "years", vi: "năm" },
  setTo: { en: "Set the clock to (UTC)", vi: "Đặt đồng hồ thành (UTC)" },
  set: { en: "Set", vi: "Đặt" },
  setToNow: { en: "Set to now", vi: "Đặt về hiện tại" },
  drift: { en: "Clock drift, ppm", vi: "Độ trôi đồng hồ, ppm" },
  temperatures: { en: "Temperatures over a day, °C", vi: "Nhiệt độ trong ngày, °C" },
  expectsSpan: {
    en: "A span of time was expected: a number from 0, and at most a century.",
    vi: "Cần một khoảng thời gian: số từ 0 trở lên, nhiều nhất là một thế kỷ.",
  },
  expectsTime: {
    en: "A date and time were expected, of the years 2000 to 2199.",
    vi: "Cần ngày và giờ, từ năm 2000 đến 2199.",
  },
  expectsDrift: {
    en: "Parts per million were expected, from −100000 to 100000.",
    vi: "Cần số phần triệu, từ −100000 đến 100000.",
  },
  expectsTemperatures: {
    en: "Temperatures from −40 to 85 were expected, with spaces between them.",
    vi: "Cần các nhiệt độ từ −40 đến 85, cách nhau bằng dấu cách.",
  },
  ownTime: {
    en: "On this engine time passes by itself, as on the wall.",
    vi: "Với bộ máy này thời gian tự trôi, như đồng hồ treo tường.",
  },
  slowTime: {
    en: "This engine simulates a chip instruction by instruction: a span of time takes about twice as long.",
    vi: "Bộ máy này mô phỏng chip từng lệnh một: mỗi khoảng thời gian mất chừng gấp đôi.",
  },

  // Power
  power: { en: "Power", vi: "Nguồn điện" },
  powerHint: { en: "cut it, even in the middle of writing", vi: "ngắt nguồn, kể cả khi đang ghi" },
  powerHintPlain: { en: "cut it, run the battery down", vi: "ngắt nguồn, làm cạn pin" },
  powerIsOn: { en: "The power is on.", vi: "Đang có nguồn." },
  powerIsOff: { en: "The power is cut.", vi: "Nguồn đã bị ngắt." },
  powerIsFlat: { en: "There is no power: the battery is too low.", vi: "Không có nguồn: pin quá yếu." },
  cutPower: { en: "Cut the power", vi: "Ngắt nguồn" },
  restorePower: { en: "Restore the power", vi: "Cấp nguồn lại" },
  battery: { en: "Battery in volts", vi: "Pin (vôn)" },
  flashOperations: { en: "Flash operations so far: {n}", vi: "Số thao tác bộ nhớ flash đến nay: {n}" },
  expectsVolts: { en: "Volts were expected, from 0 to 5.5.", vi: "Cần số vôn, từ 0 đến 5.5." },
  cutAt: { en: "Cut at flash write, 1 is the next", vi: "Ngắt ở lần ghi flash thứ (1 là lần tới)" },
  tear: { en: "Torn write: chance of each bit, 0 to 1", vi: "Ghi dở dang: xác suất mỗi bit, 0 đến 1" },
  expectsOperation: {
    en: "A whole number from 1 was expected, and a chance from 0 to 1 or none.",
    vi: "Cần số nguyên từ 1, và xác suất từ 0 đến 1 hoặc để trống.",
  },
  disarm: { en: "Disarm", vi: "Bỏ hẹn" },
  arm: { en: "Arm", vi: "Hẹn ngắt" },
  armed: { en: "Power will be lost at flash operation {n}.", vi: "Sẽ mất nguồn ở thao tác flash số {n}." },

  // Faults
  faults: { en: "Faults", vi: "Lỗi giả lập" },
  faultsHint: { en: "lose bytes, turn memory bits over", vi: "làm mất byte, đảo bit bộ nhớ" },
  faultsHintLine: { en: "lose bytes, wear contacts", vi: "làm mất byte, mòn tiếp điểm" },
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
  times: { en: "So many times (empty: always)", vi: "Số lần (để trống: luôn luôn)" },
  keyToPress: { en: "Press a key", vi: "Bấm một phím" },
  holdMs: { en: "Hold for (ms)", vi: "Giữ trong (ms)" },
  bounceMs: { en: "Contacts bounce for (ms)", vi: "Tiếp điểm rung (ms)" },
  pressIt: { en: "Press", vi: "Bấm" },
  pressed: { en: "The key was pressed.", vi: "Đã bấm phím." },
  expectsPress: {
    en: "Milliseconds were expected: of holding at most an hour, of bouncing at most 1,000.",
    vi: "Cần số mili giây: giữ nhiều nhất một giờ, rung nhiều nhất 1000.",
  },
  recordingHint: {
    en: "A recording is the token as it was and all that was done since, its secrets included. To replay it puts the token back to its beginning.",
    vi: "Bản ghi gồm thiết bị lúc bắt đầu và mọi thao tác sau đó, kể cả bí mật. Phát lại sẽ đưa thiết bị về lúc bắt đầu.",
  },
  recordingHintElsewhere: {
    en: "A recording is the token as it was and all that was done since, its secrets included. The engine “fast” replays it.",
    vi: "Bản ghi gồm thiết bị lúc bắt đầu và mọi thao tác sau đó, kể cả bí mật. Bộ máy “fast” phát lại được bản ghi này.",
  },
  record: { en: "Record", vi: "Ghi" },
  stopAndSave: { en: "End and save", vi: "Dừng và lưu" },
  replay: { en: "Replay a recording", vi: "Phát lại bản ghi" },
  recordingNow: {
    en: "a recording is being made: until its end nothing is restored, replayed or loaded",
    vi: "đang ghi: trước khi dừng, không khôi phục, phát lại hay nạp gì được",
  },
  recordingBegan: { en: "What is done from now on is recorded.", vi: "Từ giờ mọi thao tác được ghi lại." },
  replayed: { en: "Replayed: every screen was as recorded.", vi: "Đã phát lại: mọi màn hình đúng như bản ghi." },
  screenRecorded: { en: "Recorded screen", vi: "Màn hình trong bản ghi" },
  screenNow: { en: "Screen now", vi: "Màn hình bây giờ" },
  notReplayed: { en: "The recording does not play here.", vi: "Bản ghi không phát được ở đây." },
  delayMs: { en: "Delay in milliseconds", vi: "Độ trễ (mili giây)" },
  add: { en: "Add", vi: "Thêm" },
  removeAll: { en: "Remove all", vi: "Bỏ hết" },
  faultLine: { en: "{kind}, {direction}, one in {every}", vi: "{kind}, {direction}, cứ {every} byte một lần" },
  noFaults: { en: "The line is clean.", vi: "Đường truyền không có lỗi." },
  flipBits: { en: "Flip flash bits, by number", vi: "Đảo bit bộ nhớ flash, theo số thứ tự" },
  flip: { en: "Flip", vi: "Đảo" },
  flipped: { en: "Those bits are turned over.", vi: "Đã đảo các bit đó." },
  expectsFault: {
    en: "Whole numbers from 1 were expected, for bytes and for times, and a delay of an hour at most.",
    vi: "Cần số nguyên từ 1 cho số byte và số lần, và độ trễ nhiều nhất một giờ.",
  },
  expectsBits: {
    en: "Numbers of bits were expected, with commas between them: those that the flash has.",
    vi: "Cần số thứ tự các bit có trong bộ nhớ flash, cách nhau bằng dấu phẩy.",
  },
  faultDelay: { en: "by {n} ms", vi: "{n} ms" },
  faultCount: { en: "{n} times at most", vi: "nhiều nhất {n} lần" },

  // State
  state: { en: "State", vi: "Trạng thái" },
  stateHint: { en: "keep the token in a file, return to it", vi: "lưu thiết bị vào tệp, quay lại sau" },
  savePicture: { en: "Save the screen as PNG", vi: "Lưu màn hình thành PNG" },
  saveSnapshot: { en: "Save snapshot", vi: "Lưu ảnh chụp trạng thái" },
  restoreSnapshot: { en: "Restore snapshot", vi: "Khôi phục ảnh chụp" },
  snapshotHint: {
    en: "The whole token at this moment, its secrets included, in a file.",
    vi: "Toàn bộ thiết bị tại thời điểm này, gồm cả bí mật, trong một tệp.",
  },
  notASnapshot: {
    en: "The snapshot was not restored.",
    vi: "Không khôi phục được ảnh chụp trạng thái.",
  },
  saved: { en: "Saved to a file.", vi: "Đã lưu vào tệp." },
  restored: { en: "The token is as it was then.", vi: "Thiết bị đã trở lại như khi đó." },
  loaded: { en: "The flash is loaded.", vi: "Đã nạp bộ nhớ flash." },
  notAFlash: { en: "This file is no flash of this token.", vi: "Tệp này không phải bộ nhớ flash của thiết bị này." },
  engine: { en: "Engine", vi: "Bộ máy" },
  seed: { en: "Seed of what is random", vi: "Hạt giống ngẫu nhiên" },
  saveFlash: { en: "Save flash", vi: "Lưu bộ nhớ flash" },
  loadFlash: { en: "Load flash", vi: "Nạp bộ nhớ flash" },
  loadFlashHint: {
    en: "The flash alone. It is loaded while the power is cut.",
    vi: "Chỉ riêng bộ nhớ flash. Chỉ nạp được khi đã ngắt nguồn.",
  },

  // Why something was refused
  whyBattery: {
    en: "The battery has {volts} V, and the token starts from {lowest} V. Set 4.5 volts under “Power”.",
    vi: "Pin còn {volts} V, mà thiết bị cần từ {lowest} V để khởi động. Hãy đặt 4.5 vôn trong mục “Nguồn điện”.",
  },
  whyPowerGone: {
    en: "The power was gone after {pressed} of {keys} keys.",
    vi: "Đã mất nguồn sau khi bấm {pressed}/{keys} phím.",
  },
  whyRecording: {
    en: "A recording is being made: end it first.",
    vi: "Đang ghi: hãy dừng ghi trước đã.",
  },
  whyNotRecording: { en: "No recording is being made.", vi: "Hiện không ghi gì cả." },
  whyRecordingMoves: {
    en: "A recording begins or ends just now: try again.",
    vi: "Bản ghi đang bắt đầu hoặc kết thúc: hãy thử lại.",
  },
  whyRecordingFull: {
    en: "The recording is full, with {steps} steps: end it, and begin another one.",
    vi: "Bản ghi đã đầy với {steps} bước: hãy dừng và bắt đầu bản ghi khác.",
  },
  whyNoRecording: {
    en: "This file is no recording, or one of another version.",
    vi: "Tệp này không phải bản ghi, hoặc thuộc phiên bản khác.",
  },
  whyBoard: {
    en: "It is of the board {other}, and this is {board}.",
    vi: "Nó thuộc bo mạch {other}, còn đây là {board}.",
  },
  whySerial: {
    en: "It is of the token {other}, and this is {serial}.",
    vi: "Nó thuộc thiết bị {other}, còn đây là {serial}.",
  },
  whyFlatRecording: {
    en: "Its battery is too low to start.",
    vi: "Pin trong bản ghi quá yếu để khởi động.",
  },
  whyBadStep: { en: "Its step {step} can't be played.", vi: "Bước {step} của bản ghi không phát được." },
  whyBadRecording: { en: "What it holds can't be read.", vi: "Không đọc được nội dung bản ghi." },
  whyNotRefused: {
    en: "In step {step} ({call}) the recorded token refused ({fault}), and this one did not.",
    vi: "Ở bước {step} ({call}), thiết bị trong bản ghi từ chối ({fault}), còn thiết bị này thì không.",
  },
  whyOtherwise: {
    en: "Step {step} ({call}) went otherwise than it was recorded.",
    vi: "Bước {step} ({call}) diễn ra khác với bản ghi.",
  },
  whyOtherScreen: {
    en: "At step {step} ({call}) the screen is another.",
    vi: "Ở bước {step} ({call}), màn hình khác với bản ghi.",
  },
  whyOtherFirstScreen: {
    en: "The first screen is another.",
    vi: "Ngay màn hình đầu tiên đã khác với bản ghi.",
  },
  whyNoSnapshot: { en: "This file is no snapshot.", vi: "Tệp này không phải ảnh chụp trạng thái." },
  whySnapshotVersion: {
    en: "It is of version {version}, which this emulator does not read.",
    vi: "Nó thuộc phiên bản {version}, trình mô phỏng này không đọc được.",
  },
  whyDamaged: { en: "This file is damaged.", vi: "Tệp đã hỏng." },
  whyOtherToken: {
    en: "It is of another token, or of other firmware.",
    vi: "Nó thuộc thiết bị khác, hoặc phần mềm khác.",
  },
  whyBadSnapshot: { en: "What it holds can't be read.", vi: "Không đọc được nội dung ảnh chụp." },
  whyNoJson: { en: "The file is no JSON.", vi: "Tệp không phải JSON." },
  whyTooMuch: {
    en: "Too much was done since the power came on. Cut the power, restore it, and try again.",
    vi: "Đã có quá nhiều thao tác từ khi có nguồn. Hãy ngắt nguồn, cấp lại rồi thử lại.",
  },
  whyReplaced: {
    en: "The token was put back before all keys were pressed.",
    vi: "Thiết bị đã được khôi phục trước khi bấm hết các phím.",
  },
  whyFlashUnderPower: {
    en: "Cut the power first: the flash is read and loaded without it.",
    vi: "Hãy ngắt nguồn trước: chỉ đọc và nạp bộ nhớ flash khi không có nguồn.",
  },
  whyFlashBytes: {
    en: "The flash has {bytes} bytes, and the file has {given}.",
    vi: "Bộ nhớ flash có {bytes} byte, còn tệp có {given}.",
  },
  whyBit: { en: "The last bit is number {last}.", vi: "Bit cuối cùng có số {last}." },
  whyManyBits: { en: "At once at most {most} bits are flipped.", vi: "Mỗi lần đảo nhiều nhất {most} bit." },
  whyAwake: {
    en: "Something, like a key that is held, keeps the token awake. Release it, or leap ahead by less.",
    vi: "Có gì đó, như phím đang bị giữ, làm thiết bị không ngủ được. Hãy nhả ra, hoặc tua ngắn hơn.",
  },
  whyTimeEnds: {
    en: "The emulator's time does not go that far.",
    vi: "Thời gian của trình mô phỏng không đi xa đến vậy.",
  },
  whyManyTemperatures: { en: "There may be {most} of them at most.", vi: "Chỉ được nhiều nhất {most} giá trị." },
  whyManyFaults: {
    en: "The line has at most {most} faults at a time.",
    vi: "Đường truyền có nhiều nhất {most} lỗi cùng lúc.",
  },
  whyManyDoubles: {
    en: "At most {most} faults at a time double bytes.",
    vi: "Nhiều nhất {most} lỗi lặp byte cùng lúc.",
  },
  whyLongFile: {
    en: "The file is too long: at most {most} bytes are read.",
    vi: "Tệp quá dài: chỉ đọc nhiều nhất {most} byte.",
  },
  whyDeepFile: {
    en: "The file holds more than is read at once.",
    vi: "Tệp chứa nhiều hơn mức đọc được một lần.",
  },
  whyShape: { en: "The file is not made as it should be.", vi: "Tệp không có cấu trúc như mong đợi." },
  whyFirmware: { en: "The firmware failed.", vi: "Phần mềm của thiết bị gặp lỗi." },
  whySimulator: { en: "The simulated chip failed.", vi: "Chip mô phỏng gặp lỗi." },

  // The line
  line: { en: "What host and token say", vi: "Máy chủ và thiết bị trao đổi" },
  lineHint: {
    en: "Every frame on the serial line, newest first. What travels in a secure channel (SCP03) is encrypted, and this page has no keys. Asking ends the session of any other host.",
    vi: "Mọi khung trên đường nối tiếp, mới nhất ở trên. Dữ liệu trong kênh bảo mật (SCP03) được mã hóa, và trang này không có khóa. Khi trang hỏi, phiên của máy khác sẽ kết thúc.",
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
  getClockHistory: {
    en: "when was your clock set, and how does it drift?",
    vi: "đồng hồ của bạn được đặt khi nào, và trôi bao nhiêu?",
  },
  getOther: { en: "give a data object", vi: "lấy một đối tượng dữ liệu" },
  initializeUpdate: { en: "open a secure channel", vi: "mở kênh bảo mật" },
  externalAuthenticate: { en: "the host proves that it knows the keys", vi: "máy chủ chứng minh mình biết khóa" },
  putKey: { en: "the issuer's own keys, encrypted", vi: "khóa riêng của ngân hàng, đã mã hóa" },
  storeData: { en: "credentials and policy, a block of them", vi: "một khối thông tin xác thực và chính sách" },
  storeLastData: { en: "the last block, with the confirmation", vi: "khối cuối cùng, kèm xác nhận" },
  objectCredential: { en: "credential", vi: "thông tin xác thực" },
  objectPolicy: { en: "policy", vi: "chính sách" },
  objectConfirmation: { en: "confirmation", vi: "xác nhận" },
  objectOrderKey: { en: "order key", vi: "khóa lệnh giao dịch" },
  objectActivation: { en: "activation", vi: "kích hoạt" },
  dataObject: { en: "Data object", vi: "Đối tượng dữ liệu" },
  installForLoad: { en: "new firmware is to come", vi: "sắp gửi phần mềm mới" },
  installForUse: {
    en: "check the new firmware and restart with it",
    vi: "kiểm tra phần mềm mới và khởi động lại bằng phần mềm đó",
  },
  installOther: { en: "an installation of another kind", vi: "cài đặt thuộc loại khác" },
  load: { en: "a block of the new firmware", vi: "một khối của phần mềm mới" },
  loadLast: { en: "the last block of the new firmware", vi: "khối cuối của phần mềm mới" },
  signOrder: { en: "a piece of the bank's order", vi: "một phần lệnh giao dịch của ngân hàng" },
  signLastOrder: {
    en: "the last piece of the bank's order: show it to the customer",
    vi: "phần cuối lệnh giao dịch của ngân hàng: hiện cho khách hàng xem",
  },
  orderResult: { en: "what became of the order?", vi: "lệnh giao dịch ra sao rồi?" },
  nonce: { en: "Nonce", vi: "Số dùng một lần" },
  expiry: { en: "Expires", vi: "Hết hạn" },
  order: { en: "Order", vi: "Lệnh giao dịch" },
  orderNone: { en: "none has come", vi: "chưa có lệnh nào" },
  orderShown: { en: "the customer is being asked", vi: "đang hỏi khách hàng" },
  orderSigned: { en: "signed", vi: "đã ký" },
  orderRefused: { en: "refused by the customer", vi: "khách hàng từ chối" },
  orderDropped: { en: "dropped, nothing was signed", vi: "đã hủy, chưa ký gì" },
  orderHash: { en: "SHA-256 of the order", vi: "SHA-256 của lệnh" },
  signature: { en: "Signature (HMAC)", vi: "Chữ ký (HMAC)" },
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
  hostChallenge: { en: "Host challenge", vi: "Mã thách thức của máy chủ" },
  hostCryptogram: { en: "Host cryptogram", vi: "Cryptogram của máy chủ" },
  securityLevel: { en: "Security level", vi: "Mức bảo mật" },
  cardChallenge: { en: "Card challenge", vi: "Mã thách thức của thiết bị" },
  cardCryptogram: { en: "Card cryptogram", vi: "Cryptogram của thiết bị" },
  sequenceCounter: { en: "Sequence counter", vi: "Bộ đếm phiên" },
  block: { en: "Block", vi: "Khối" },
  serialNumber: { en: "Serial number", vi: "Số sê-ri" },
  board: { en: "Board", vi: "Bo mạch" },
  firmware: { en: "Firmware", vi: "Phần mềm" },
  assuranceClass: { en: "Assurance class", vi: "Cấp bảo đảm" },
  pinTriesLeft: { en: "PIN tries left", vi: "Số lần thử PIN còn lại" },
  activationEnd: { en: "Activation code ends", vi: "Mã kích hoạt hết hạn" },
  noPinYet: { en: "no PIN yet", vi: "chưa có mã PIN" },
  stateBlank: { en: "blank", vi: "trống" },
  stateFactory: { en: "factory", vi: "xuất xưởng" },
  stateIssued: { en: "issued", vi: "đã phát hành" },
  stateActive: { en: "active", vi: "đang dùng" },
  stateLocked: { en: "locked", vi: "bị khóa" },

  // Status words (ISO/IEC 7816-4 5.1.3)
  sw9000: { en: "done", vi: "hoàn tất" },
  sw6300: { en: "authentication failed", vi: "xác thực thất bại" },
  sw6400: { en: "its self-test failed, nothing has changed", vi: "tự kiểm tra thất bại, chưa thay đổi gì" },
  sw6581: { en: "memory failure", vi: "lỗi bộ nhớ" },
  sw6700: { en: "wrong length", vi: "sai độ dài" },
  sw6982: { en: "security status not satisfied", vi: "chưa đủ điều kiện bảo mật" },
  sw6983: { en: "authentication blocked", vi: "xác thực bị khóa" },
  sw6985: { en: "conditions of use not satisfied", vi: "chưa đủ điều kiện sử dụng" },
  sw6988: { en: "incorrect secure messaging", vi: "thông điệp bảo mật không đúng" },
  sw6A80: { en: "incorrect data", vi: "dữ liệu không đúng" },
  sw6A81: { en: "function not supported", vi: "không hỗ trợ chức năng" },
  sw6A84: { en: "not enough memory", vi: "không đủ bộ nhớ" },
  sw6A86: { en: "incorrect parameters P1-P2", vi: "tham số P1-P2 không đúng" },
  sw6A88: { en: "referenced data not found", vi: "không tìm thấy dữ liệu" },
  sw6A89: { en: "version not above the token's", vi: "phiên bản không cao hơn bản trong thiết bị" },
  sw6D00: { en: "instruction not supported", vi: "không hỗ trợ lệnh" },
  sw6E00: { en: "class not supported", vi: "không hỗ trợ lớp lệnh" },
  sw6F00: { en: "no precise diagnosis", vi: "không rõ nguyên nhân" },
  sw9485: { en: "invalid key check value", vi: "giá trị kiểm tra khóa không hợp lệ" },
  swOther: { en: "status word", vi: "từ trạng thái" },

  // A physical token
  physical: { en: "A physical token", vi: "Thiết bị thật" },
  physicalHint: { en: "connect one over USB", vi: "kết nối qua USB" },
  physicalNote: {
    en: "Plugged in over USB, through Web Serial. The page asks who it is, and shows the frames below.",
    vi: "Cắm qua USB, dùng Web Serial. Trang hỏi thông tin thiết bị và hiện các khung bên dưới.",
  },
  connect: { en: "Connect a physical token", vi: "Kết nối thiết bị thật" },
  disconnect: { en: "Disconnect", vi: "Ngắt kết nối" },
  physicalBadge: { en: "plugged in", vi: "thiết bị thật" },
  asking: { en: "Asking it who it is…", vi: "Đang hỏi thông tin thiết bị…" },
  noPort: {
    en: "No port was chosen. A token that is not in the list may hang on a cable without data wires.",
    vi: "Chưa chọn cổng nào. Nếu không thấy thiết bị trong danh sách, có thể cáp không có dây dữ liệu.",
  },
  portsForbidden: {
    en: "The browser does not let this page use serial ports.",
    vi: "Trình duyệt không cho trang này dùng cổng nối tiếp.",
  },
  portTaken: {
    en: "The port could not be opened. Another program may have it, or this account may not use it.",
    vi: "Không mở được cổng. Có thể chương trình khác đang dùng, hoặc tài khoản này không có quyền.",
  },
  silence: {
    en: "No answer came. Is this a token, and does Ochre run on it?",
    vi: "Không có câu trả lời. Đây có phải thiết bị đang chạy Ochre không?",
  },
  gibberish: {
    en: "Bytes came, but not as a token answers.",
    vi: "Có dữ liệu đến, nhưng không phải câu trả lời của thiết bị.",
  },
  unplugged: { en: "The token was unplugged.", vi: "Thiết bị đã bị rút ra." },
  disconnected: { en: "Disconnected.", vi: "Đã ngắt kết nối." },
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
