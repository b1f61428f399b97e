/** What the token says of a clock that it does not believe, in the form of messages.ts. */
import { LANGUAGE_VIETNAMESE } from "../../protocol/apdu/credential-kind.ts";

export type ClockMessage = "clockLostPower" | "setIt" | "clockChanged" | "askBank" | "clockDue" | "haveChecked";

export function clockMessage(language: number, id: ClockMessage): string {
  const vi = language === LANGUAGE_VIETNAMESE;
  switch (id) {
    case "clockLostPower":
      return vi ? "Đồng hồ bị mất nguồn" : "The clock lost power";
    case "setIt":
      return vi ? "Nhờ ngân hàng đặt giờ" : "Your bank can set it";
    case "clockChanged":
      return vi ? "Đồng hồ đã bị đổi" : "The clock was changed";
    case "askBank":
      return vi ? "Hãy báo ngân hàng" : "Tell your bank";
    case "clockDue":
      return vi ? "Đến hạn chỉnh đồng hồ" : "Clock check is due";
    case "haveChecked":
      return vi ? "Mang đến ngân hàng" : "Take it to your bank";
  }
}
