/** What the token says in its settings alone, in the form of messages.ts. */
import { LANGUAGE_VIETNAMESE } from "../../protocol/apdu/credential-kind.ts";

export type SettingsMessage =
  | "selfTest"
  | "changePin"
  | "otherLanguage"
  | "easyOn"
  | "easyOff"
  | "clockMenu"
  | "versionsMenu"
  | "clockTitle"
  | "clockSet"
  | "clockDrift"
  | "driftDays"
  | "firmwareVersion"
  | "keyVersion"
  | "assuranceClass"
  | "selfTestPassed";

export function settingsMessage(language: number, id: SettingsMessage): string {
  const vi = language === LANGUAGE_VIETNAMESE;
  switch (id) {
    case "selfTest":
      return vi ? "Tự kiểm tra" : "Self-test";
    case "changePin":
      return vi ? "Đổi mã PIN" : "Change the PIN";
    case "otherLanguage":
      return vi ? "English" : "Tiếng Việt";
    case "easyOn":
      return vi ? "Chữ số to: đang bật" : "Large digits: on";
    case "easyOff":
      return vi ? "Chữ số to: đang tắt" : "Large digits: off";
    case "clockMenu":
      return vi ? "Đồng hồ" : "Clock";
    case "versionsMenu":
      return vi ? "Phiên bản" : "Versions";
    case "clockTitle":
      return vi ? "Đồng hồ, giờ UTC" : "Clock, in UTC";
    case "clockSet":
      return vi ? "Đặt lúc " : "Last set ";
    case "clockDrift":
      return vi ? "Lệch " : "Drift ";
    case "driftDays":
      return vi ? " ngày" : " days";
    case "firmwareVersion":
      return vi ? "Phần mềm " : "Firmware ";
    case "keyVersion":
      return vi ? "Phiên bản khóa " : "Key version ";
    case "assuranceClass":
      return vi ? "Mức bảo vệ " : "Assurance class ";
    case "selfTestPassed":
      return vi ? "Tự kiểm tra: đạt" : "Self-test passed";
  }
}
