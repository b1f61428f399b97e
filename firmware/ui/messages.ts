/**
 * What the token says, in Vietnamese and English. A message fits a line of 21 characters. The build encodes these strings into the
 * font's code page (VISCII), because Espruino on microcontrollers has Latin-1 strings only.
 *
 * One function of literals rather than a table: the strings then stay in flash until they are drawn.
 */
import { LANGUAGE_VIETNAMESE } from "../../protocol/apdu/credential-kind.ts";

export type Message =
  | "blank"
  | "factory"
  | "goToBank"
  | "pressOk"
  | "choosePin"
  | "pinDigits"
  | "chooseDigit"
  | "takeDigit"
  | "holdOk"
  | "presentPinAgain"
  | "repeatPin"
  | "pinsDiffer"
  | "pinWeak"
  | "pinSet"
  | "enterPin"
  | "okOrClear"
  | "wrongPin"
  | "triesLeft"
  | "locked"
  | "unlockAtBank"
  | "okUnlock"
  | "chooseCode"
  | "working"
  | "updating"
  | "doNotUnplug"
  | "restarts"
  | "enterNumber"
  | "wrongNumber"
  | "readAgain"
  | "accountEnds"
  | "yesOrNo"
  | "refused"
  | "notSigned"
  | "deviceFault"
  | "selfTestFailed"
  | "settings"
  | "timeCode"
  | "challenge"
  | "transfer"
  | "bill"
  | "verifyBank"
  | "counterCode"
  | "bankOrder"
  | "byCable"
  | "orderCame"
  | "cablePulled";

/** The message in a language, as Unicode in the sources and as VISCII in the bundle. */
export function message(language: number, id: Message): string {
  const vi = language === LANGUAGE_VIETNAMESE;
  // Each case that is passed takes time: first what a customer waits for.
  switch (id) {
    case "timeCode":
      return vi ? "Mã theo thời gian" : "Time code";
    case "challenge":
      return vi ? "Xác thực giao dịch" : "Sign a payment";
    case "transfer":
      return vi ? "Ký chuyển khoản" : "Sign a transfer";
    case "bill":
      return vi ? "Thanh toán hóa đơn" : "Sign a bill";
    case "orderCame":
      return vi ? "Lệnh mới: nhập PIN" : "New order: your PIN";
    case "verifyBank":
      return vi ? "Kiểm tra ngân hàng" : "Verify the bank";
    case "counterCode":
      return vi ? "Mã theo lượt" : "Counter code";
    case "bankOrder":
      return vi ? "Lệnh từ ngân hàng" : "Order from the bank";
    case "byCable":
      return vi ? "Lệnh đến qua cáp" : "It comes by cable";
    case "cablePulled":
      return vi ? "Cáp đã bị rút" : "Cable was pulled";
    case "blank":
      return vi ? "Chưa cài đặt" : "Not installed";
    case "factory":
      return vi ? "Chưa kích hoạt" : "Not personalised";
    case "goToBank":
      return vi ? "Mang đến ngân hàng" : "Take it to your bank";
    case "pressOk":
      return vi ? "Bấm OK để bắt đầu" : "Press OK to start";
    case "choosePin":
      return vi ? "Chọn mã PIN mới" : "Choose a new PIN";
    case "pinDigits":
      return vi ? "6-8 số, rồi OK" : "6-8 digits, then OK";
    case "chooseDigit":
      return vi ? "UP DOWN: chọn số" : "UP DOWN: next digit";
    case "takeDigit":
      return vi ? "OK: nhận số này" : "OK takes this digit";
    case "holdOk":
      return vi ? "Giữ OK: cài đặt" : "Hold OK: settings";
    case "presentPinAgain":
      return vi ? "Nhập lại mã PIN cũ" : "Your PIN once more";
    case "repeatPin":
      return vi ? "Nhập lại mã PIN mới" : "Repeat the new PIN";
    case "pinsDiffer":
      return vi ? "Hai mã PIN khác nhau" : "The PINs differ";
    case "pinWeak":
      return vi ? "Mã PIN quá dễ đoán" : "Too easy to guess";
    case "pinSet":
      return vi ? "Đã đặt mã PIN" : "PIN is set";
    case "enterPin":
      return vi ? "Nhập mã PIN" : "Enter your PIN";
    case "okOrClear":
      return vi ? "OK xong CLEAR xóa" : "OK done CLEAR erase";
    case "wrongPin":
      return vi ? "Sai mã PIN" : "Wrong PIN";
    case "triesLeft":
      return vi ? "Số lần còn lại: " : "Tries left: ";
    case "locked":
      return vi ? "Thiết bị bị khóa" : "Token is locked";
    case "unlockAtBank":
      return vi ? "Hãy đến ngân hàng" : "Visit your bank";
    case "okUnlock":
      return vi ? "Bấm OK để mở khóa" : "Press OK to unlock";
    case "chooseCode":
      return vi ? "Chọn loại mã" : "Choose a code";
    case "updating":
      return vi ? "Đang cập nhật" : "Updating";
    case "doNotUnplug":
      return vi ? "Đừng rút cáp USB" : "Do not unplug";
    case "restarts":
      return vi ? "Máy tự khởi động lại" : "Restarts by itself";
    case "working":
      return vi ? "Xin chờ…" : "One moment…";
    case "enterNumber":
      return vi ? "Nhập số từ ngân hàng" : "Type the bank code";
    case "wrongNumber":
      return vi ? "Số không đúng" : "Digits are wrong";
    case "readAgain":
      return vi ? "Hãy đọc lại từng số" : "Read them once more";
    case "accountEnds":
      return vi ? "Số TK kết thúc bằng" : "Account ends in";
    case "yesOrNo":
      return vi ? "OK đúng CLEAR sai" : "OK yes CLEAR no";
    case "refused":
      return vi ? "Đã từ chối" : "Refused";
    case "notSigned":
      return vi ? "Chưa ký giao dịch" : "Nothing was signed";
    case "selfTestFailed":
      return vi ? "Tự kiểm tra: lỗi" : "Self-test failed";
    case "settings":
      return vi ? "Cài đặt" : "Settings";
    case "deviceFault":
      return vi ? "Thiết bị có lỗi" : "The device is faulty";
  }
}
