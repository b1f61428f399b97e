/** What a token needs while a host talks to it: frames, commands, secure channel, personalisation. */

import { Responder } from "../../protocol/framing/responder.ts";
import type { Aes128Key } from "../../protocol/primitives.ts";
import { cbcDecrypt, cbcEncrypt } from "../../protocol/scp03/cbc.ts";
import { cmac, cmacKey } from "../../protocol/scp03/cmac.ts";
import { kdf } from "../../protocol/scp03/kdf.ts";
import { pad, unpad } from "../../protocol/scp03/padding.ts";
import { deriveSessionKeys } from "../../protocol/scp03/session-keys.ts";
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
function hostLine(token: Token, version: string, changed: () => void, display: OrderDisplay): HostLine {
  const commands = new Commands(token, version, changed, new OrderPort(token, display), display);
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

/** S-ENC, S-MAC and S-RMAC. */
function sessionKeys(
  aes128: Aes128Key,
  enc: Uint8Array,
  mac: Uint8Array,
  hostChallenge: Uint8Array,
  cardChallenge: Uint8Array,
): Uint8Array[] {
  const keys = deriveSessionKeys(aes128, { enc: enc, mac: mac }, hostChallenge, cardChallenge);
  return [keys.enc, keys.mac, keys.rmac];
}

export function host() {
  return {
    line: hostLine,
    /** What a genuine interpreter is tested with. */
    scp03: function () {
      return {
        cmac: cmac,
        cmacKey: cmacKey,
        cbcEncrypt: cbcEncrypt,
        cbcDecrypt: cbcDecrypt,
        pad: pad,
        unpad: unpad,
        kdf: kdf,
        sessionKeys: sessionKeys,
      };
    },
  };
}
