/** The story's sentences, in English and Vietnamese. */
export interface Sentences {
  factory(bytes: number, port: string): string;
  server(url: string): string;
  found(serial: string, board: string, assurance: string): string;
  step: Record<"session" | "issuer-keys" | "issuer-session" | "store" | "clock" | "commit", string>;
  issued: string;
  choosesPin: string;
  readsCode: string;
  accepted(code: string): string;
  refusedAgain: string;
  pays(account: string, challenge: string): string;
  asks: string;
  otherRefused(answer: string): string;
  thisAccepted: string;
  onlyOnce: string;
}

const en: Sentences = {
  factory: (bytes, port) => `A token leaves the factory. Its firmware is ${bytes} bytes; its serial port is ${port}.`,
  server: (url) => `The bank's validation server listens at ${url}.`,
  found: (serial, board, assurance) => `The bank's desk finds token ${serial} (${board}, class ${assurance}).`,
  step: {
    session: "SCP03 channel under the batch key: whoever delivered the token knows this key too.",
    "issuer-keys": "PUT KEY: the bank's own keys.",
    "issuer-session": "A new channel under those: no seed travels under a key that the manufacturer has.",
    store: "Policy and two seeds, made by the key service, encrypted under the bank's DEK.",
    clock: "The clock is set, with the round trip taken off.",
    commit: "Both sides prove that they hold the same; the token commits everything in one step.",
  },
  issued: "The server has learned the token, and whose it is. The token is ready for its customer.",
  choosesPin:
    "At the desk, under the bank's eyes, the customer chooses a PIN and types it twice. (A token that is sent asks for the code of a letter first.)",
  readsCode: "She reads a time code.",
  accepted: (code) => `The server accepts ${code} ...`,
  refusedAgain: "... and refuses it the second time.",
  pays: (account, challenge) => `She pays 1,500,000 VND to account ${account}. The bank's page shows ${challenge}.`,
  asks: "The token has checked the digits and asks what she is about to sign.",
  otherRefused: (answer) => `The server refuses ${answer} for another payment ...`,
  thisAccepted: "... accepts it for this one ...",
  onlyOnce: "... and only once.",
};

const vi: Sentences = {
  factory: (bytes, port) => `Thiết bị rời nhà máy. Phần mềm của nó có ${bytes} byte; cổng nối tiếp là ${port}.`,
  server: (url) => `Máy chủ xác thực của ngân hàng chạy tại ${url}.`,
  found: (serial, board, assurance) => `Quầy giao dịch tìm thấy thiết bị ${serial} (${board}, loại ${assurance}).`,
  step: {
    session: "Kênh SCP03 dưới khóa của lô hàng: bên giao thiết bị cũng biết khóa này.",
    "issuer-keys": "PUT KEY: khóa riêng của ngân hàng.",
    "issuer-session": "Kênh mới dưới khóa đó: không hạt giống nào đi dưới khóa mà nhà sản xuất có.",
    store: "Chính sách và hai hạt giống, do dịch vụ khóa tạo ra, mã hóa dưới DEK của ngân hàng.",
    clock: "Đồng hồ được đặt, đã trừ thời gian truyền.",
    commit: "Hai bên chứng minh giữ cùng dữ liệu; thiết bị ghi tất cả trong một bước.",
  },
  issued: "Máy chủ đã biết thiết bị và chủ của nó. Thiết bị sẵn sàng cho khách hàng.",
  choosesPin:
    "Tại quầy, trước mặt nhân viên ngân hàng, khách hàng chọn mã PIN và nhập hai lần. (Thiết bị gửi qua bưu điện thì trước đó hỏi mã trong thư.)",
  readsCode: "Chị đọc một mã theo thời gian.",
  accepted: (code) => `Máy chủ chấp nhận ${code} ...`,
  refusedAgain: "... và từ chối khi gửi lần thứ hai.",
  pays: (account, challenge) =>
    `Chị chuyển 1.500.000 đồng đến tài khoản ${account}. Trang của ngân hàng hiện ${challenge}.`,
  asks: "Thiết bị đã kiểm tra các chữ số và hỏi chị sắp ký điều gì.",
  otherRefused: (answer) => `Máy chủ từ chối ${answer} cho giao dịch khác ...`,
  thisAccepted: "... chấp nhận cho giao dịch này ...",
  onlyOnce: "... và chỉ một lần.",
};

export const sentences = { en, vi };
