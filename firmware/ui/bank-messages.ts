/** What the token says where its customer brings it a code from the bank. In the same form as `messages.ts`. */
import { LANGUAGE_VIETNAMESE } from "../../protocol/apdu/credential-kind.ts";

export type BankMessage =
  | "activationCode"
  | "fromLetter"
  | "wrongCode"
  | "codeExpired"
  | "readToBank"
  | "okAnswer"
  | "answer"
  | "answerDigits"
  | "wrongAnswer"
  | "unlocked"
  | "pinAsBefore"
  | "pinKnown"
  | "keepPin"
  | "otherPin"
  | "tooManyWrong"
  | "waitMinutes";

/** The message in a language, as Unicode in the sources and as VISCII in the bundle. */
export function bankMessage(language: number, id: BankMessage): string {
  const vi = language === LANGUAGE_VIETNAMESE;
  switch (id) {
    case "activationCode":
      return vi ? "Mã kích hoạt" : "Activation code";
    case "fromLetter":
      return vi ? "20 số trong thư" : "20 digits from letter";
    case "wrongCode":
      return vi ? "Sai mã kích hoạt" : "Wrong code";
    case "codeExpired":
      return vi ? "Mã đã hết hạn" : "The code has expired";
    case "readToBank":
      return vi ? "Đọc cho ngân hàng" : "Read to your bank";
    case "okAnswer":
      return vi ? "OK nhập mã trả lời" : "OK type the answer";
    case "answer":
      return vi ? "Mã ngân hàng trả lời" : "The bank's answer";
    case "answerDigits":
      return vi ? "8 số, rồi OK" : "8 digits, then OK";
    case "wrongAnswer":
      return vi ? "Mã trả lời sai" : "Wrong answer";
    case "unlocked":
      return vi ? "Đã mở khóa" : "Unlocked";
    case "pinAsBefore":
      return vi ? "Mã PIN như cũ" : "The PIN is as before";
    case "pinKnown":
      return vi ? "Bạn nhớ mã PIN không?" : "Do you know your PIN?";
    case "keepPin":
      return vi ? "1 Nhớ: giữ mã cũ" : "1 Yes: keep it";
    case "otherPin":
      return vi ? "2 Quên: đặt mã mới" : "2 No: set a new one";
    case "tooManyWrong":
      return vi ? "Sai quá nhiều lần" : "Too many wrong ones";
    case "waitMinutes":
      return vi ? "Số phút phải chờ: " : "Wait, minutes: ";
  }
}
