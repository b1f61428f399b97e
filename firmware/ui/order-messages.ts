/** What the token says about an order, in the form of messages.ts. A tag (`...Tag`) shares its line with a value. */
import { LANGUAGE_VIETNAMESE } from "../../protocol/apdu/credential-kind.ts";

export type OrderMessage =
  | "transactionCode"
  | "payeeAccount"
  | "billNumber"
  | "amount"
  | "clearBack"
  | "codeTag"
  | "accountTag"
  | "billTag"
  | "bankTag"
  | "nameTag"
  | "referenceTag"
  | "itemsTag"
  | "batchTag"
  | "readOn"
  | "expired";

export function orderMessage(language: number, id: OrderMessage): string {
  const vi = language === LANGUAGE_VIETNAMESE;
  switch (id) {
    case "transactionCode":
      return vi ? "Mã giao dịch" : "Transaction code";
    case "payeeAccount":
      return vi ? "Tài khoản nhận" : "Payee's account";
    case "billNumber":
      return vi ? "Số hóa đơn" : "Bill number";
    case "amount":
      return vi ? "Số tiền" : "Amount";
    case "clearBack":
      return vi ? "CLEAR quay lại" : "CLEAR goes back";
    case "codeTag":
      return vi ? "Mã" : "Code";
    case "accountTag":
      return vi ? "TK" : "To";
    case "billTag":
      return vi ? "HĐ" : "Bill";
    case "bankTag":
      return vi ? "NH" : "Bank";
    case "nameTag":
      return vi ? "Tên" : "Name";
    case "referenceTag":
      return vi ? "ND" : "For";
    case "itemsTag":
      return vi ? "SL" : "Qty";
    case "batchTag":
      return vi ? "Lô" : "Lot";
    case "readOn":
      return vi ? "DOWN để đọc tiếp" : "DOWN to read on";
    case "expired":
      return vi ? "Lệnh đã hết hạn" : "The order expired";
  }
}
