/** What the token says while the bank proves itself, in the form of messages.ts. */
import { LANGUAGE_VIETNAMESE } from "../../protocol/apdu/credential-kind.ts";

export type VerifyMessage =
  | "tellBank"
  | "next"
  | "bankNumber"
  | "bankCode"
  | "notBank"
  | "hangUp"
  | "closed"
  | "tenMinutes";

export function verifyMessage(language: number, id: VerifyMessage): string {
  const vi = language === LANGUAGE_VIETNAMESE;
  switch (id) {
    case "tellBank":
      return vi ? "Báo số này cho NH" : "Give this to the bank";
    case "next":
      return vi ? "OK tiếp CLEAR dừng" : "OK next CLEAR leave";
    case "bankNumber":
      return vi ? "Số của ngân hàng" : "The bank's number";
    case "bankCode":
      return vi ? "Mã của ngân hàng" : "The bank's code";
    case "notBank":
      return vi ? "Không phải ngân hàng" : "Not your bank";
    case "hangUp":
      return vi ? "Đừng đọc mã cho họ" : "Give them no code";
    case "closed":
      return vi ? "Ba mã sai: tạm khóa" : "Three wrong: closed";
    case "tenMinutes":
      return vi ? "Thử lại sau 10 phút" : "Retry in 10 minutes";
  }
}
