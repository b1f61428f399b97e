/**
 * The bank's orders on their way to the display, and their results on the way back. What came is authenticated before it is read, stands
 * in one buffer that nobody else has, and is shown once at most: see protocol/apdu/sign-order.ts.
 *
 * It lives while the cable is plugged in. Three refusals in ten minutes close it for that long: a host that cries wolf would teach the
 * customer to press OK.
 */
import { ApduError } from "../../protocol/apdu/apdu-error.ts";
import type { CommandApdu } from "../../protocol/apdu/command.ts";
import {
  encodeOrderResultResponse,
  MAX_MESSAGE,
  ORDER_DROPPED,
  ORDER_MAC_LENGTH,
  ORDER_NONE,
  ORDER_OFFSET,
  ORDER_REFUSED,
  ORDER_SHOWN,
  ORDER_SIGNED,
  orderMac,
  parseOrderResult,
  parseSignOrder,
} from "../../protocol/apdu/sign-order.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FUNCTION_NOT_SUPPORTED,
  SW_INCORRECT_SECURE_MESSAGING,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_WRONG_DATA,
} from "../../protocol/apdu/status-word.ts";
import { decodeUnixTime } from "../../protocol/apdu/unix-time.ts";
import { compareCounters } from "../../protocol/otp/counter.ts";
import { equalBytes } from "../../protocol/scp03/constant-time.ts";
import { wipeCipher } from "../../protocol/scp03/wipe.ts";
import { soundTime } from "./clock-guard.ts";
import { ORDER_KEY, ORDER_MARK } from "./entries.ts";
import { ACTIVE, type Token } from "./token.ts";

const REFUSALS = 3;
const REFUSAL_MS = 600000;
/** The farthest that an order's end may lie ahead, in seconds. */
const LONGEST = 600;

/** An order that the bank has authenticated. */
export interface BankOrder {
  /** As it came, and as it is hashed. Nobody writes to it. */
  readonly bytes: Uint8Array;
  /** Unix time from which it is not signed any more. */
  readonly expiresAt: number;
  /** It is signed: SHA-256 of the bytes, and the whole HMAC. */
  signed(hash: Uint8Array, mac: Uint8Array): void;
  /** The customer said no. */
  refused(): void;
  /** It left the display without an answer; of no effect after one. */
  dropped(): void;
}

/** Who shows orders to the customer. */
export interface OrderDisplay {
  /** True when the customer is not at something else. */
  readyForOrder(): boolean;
  /** False for an order that is none, or that the display can't show letter by letter. */
  showOrder(order: BankOrder): boolean;
  /** The cable is gone: the order leaves the display, and the customer is told. */
  withdrawOrder(): void;
  /** Says, now and for another while, that the firmware is being replaced. Ends with the line's `changed`, or a restart. */
  showUpdate(): void;
}

export class OrderPort {
  private readonly token: Token;
  private readonly display: OrderDisplay;
  private pieces: Uint8Array[] = [];
  private length = 0;
  private state = ORDER_NONE;
  private hash: Uint8Array | undefined;
  private mac: Uint8Array | undefined;
  private shown: BankOrder | undefined;
  /** One for each refusal of the last ten minutes. */
  private refusals: number[] = [];
  private closed = false;

  constructor(token: Token, display: OrderDisplay) {
    this.token = token;
    this.display = display;
  }

  /** SIGN ORDER. @throws ApduError and JournalError */
  take(command: CommandApdu): Uint8Array {
    const came = parseSignOrder(command);
    if (this.closed) throw new ApduError(SW_AUTHENTICATION_BLOCKED, "unplug the cable");
    if (this.state === ORDER_SHOWN || this.token.state() !== ACTIVE || !this.display.readyForOrder()) {
      throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "the customer is at something else");
    }
    if (came.block === 0) this.forgetPieces();
    if (came.block !== this.pieces.length || this.length + came.piece.length > MAX_MESSAGE) {
      this.forgetPieces();
      throw new ApduError(SW_WRONG_DATA, "the blocks come in order, and are no more than an order has");
    }
    this.pieces.push(came.piece);
    this.length += came.piece.length;
    if (came.last) {
      const message = new Uint8Array(this.length);
      let at = 0;
      for (let i = 0; i < this.pieces.length; i++) {
        message.set(this.pieces[i], at);
        at += this.pieces[i].length;
      }
      this.forgetPieces();
      this.judge(message);
    }
    return new Uint8Array(0);
  }

  /** ORDER RESULT. @throws ApduError */
  result(command: CommandApdu): Uint8Array {
    parseOrderResult(command);
    return encodeOrderResultResponse({ state: this.state, hash: this.hash, mac: this.mac });
  }

  /** The cable is gone. */
  close(): void {
    if (this.shown !== undefined) this.display.withdrawOrder();
    for (let i = 0; i < this.refusals.length; i++) this.token.board.timers.cancel(this.refusals[i]);
    this.refusals = [];
    this.closed = true;
  }

  private forgetPieces(): void {
    this.pieces = [];
    this.length = 0;
  }

  private judge(message: Uint8Array): void {
    const journal = this.token.journal;
    const primitives = this.token.board.primitives;
    const key = journal.get(ORDER_KEY);
    if (key === undefined) throw new ApduError(SW_REFERENCED_DATA_NOT_FOUND, "this token has no order key");
    const end = message.length - ORDER_MAC_LENGTH;
    if (end <= ORDER_OFFSET) this.refuse(SW_WRONG_DATA);
    // One that is broken is replaced by this.
    primitives.intact("aes128");
    const aes = primitives.loadAes128()(key);
    key.fill(0);
    const mac = orderMac(aes, new Uint8Array(message.subarray(0, end)));
    wipeCipher(aes);
    if (!equalBytes(mac, message.subarray(end))) this.refuse(SW_INCORRECT_SECURE_MESSAGING);
    const now = soundTime(this.token.board, journal);
    if (now === undefined) throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "the clock can't be believed");
    const expiresAt = decodeUnixTime(new Uint8Array(message.subarray(8, 16)));
    const nonce = new Uint8Array(message.subarray(0, 8));
    const mark = journal.get(ORDER_MARK);
    if (expiresAt <= now || expiresAt > now + LONGEST || (mark !== undefined && compareCounters(nonce, mark) <= 0)) {
      this.refuse(SW_WRONG_DATA);
    }
    journal.commit([{ id: ORDER_MARK, value: nonce }]);
    this.show(new Uint8Array(message.subarray(ORDER_OFFSET, end)), expiresAt);
  }

  private show(bytes: Uint8Array, expiresAt: number): void {
    const settle = (state: number): void => {
      if (this.shown !== order || this.state !== ORDER_SHOWN) return;
      this.shown = undefined;
      this.state = state;
    };
    const order: BankOrder = {
      bytes: bytes,
      expiresAt: expiresAt,
      signed: (hash, mac) => {
        if (this.shown !== order) return;
        this.hash = hash;
        this.mac = mac;
        settle(ORDER_SIGNED);
      },
      refused: () => {
        if (this.shown !== order) return;
        settle(ORDER_REFUSED);
        this.count();
      },
      dropped: () => {
        settle(ORDER_DROPPED);
      },
    };
    this.hash = undefined;
    this.mac = undefined;
    this.shown = order;
    this.state = ORDER_SHOWN;
    if (this.display.showOrder(order)) return;
    this.shown = undefined;
    this.state = ORDER_DROPPED;
    this.refuse(SW_FUNCTION_NOT_SUPPORTED);
  }

  private refuse(statusWord: number): void {
    this.count();
    throw new ApduError(statusWord, "the order is refused");
  }

  private count(): void {
    const timer = this.token.board.timers.after(REFUSAL_MS, () => {
      this.refusals.shift();
    });
    this.refusals.push(timer);
    if (this.refusals.length >= REFUSALS) this.closed = true;
  }
}
