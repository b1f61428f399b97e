/** What a token needs while a host talks to it: frames, commands, secure channel, personalisation. */
import { Responder } from "../../protocol/framing/responder.ts";
import { Commands } from "./commands.ts";
import { type OrderDisplay, OrderPort } from "./order-port.ts";
import type { Token } from "./token.ts";

export interface HostLine {
  /** Takes what came in, bytes as Latin-1; returns what is to be sent, "" for nothing. */
  receive(text: string): string;
  /** Ends the session and overwrites what is staged. */
  close(): void;
}

/**
 * @param changed called when a personalisation has changed what the token is
 * @param display shows the bank's orders
 */
export function hostLine(token: Token, version: string, changed: () => void, display: OrderDisplay): HostLine {
  const commands = new Commands(token, version, changed, new OrderPort(token, display));
  const responder = new Responder(
    token.board.wire,
    function (command) {
      return commands.execute(command);
    },
    function () {
      commands.reset();
    },
  );
  return {
    receive: function (text) {
      return responder.receive(text);
    },
    close: function () {
      commands.close();
    },
  };
}
