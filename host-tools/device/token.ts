/** What a token says without a secure channel. */

import { encodeCommand } from "../../protocol/apdu/command.ts";
import {
  getData,
  parseTokenInformation,
  TAG_TOKEN_INFORMATION,
  type TokenInformation,
} from "../../protocol/apdu/get-data.ts";
import { parseResponse } from "../../protocol/apdu/response.ts";
import { SW_OK } from "../../protocol/apdu/status-word.ts";
import { TokenRefusal } from "./token-refusal.ts";
import type { Transport } from "./transport.ts";

/**
 * Who the token is. Needs no session, and ends one: nothing unsecured may be said inside.
 * @throws PortError
 * @throws TokenRefusal when the token answers with an error
 * @throws ApduError when the answer is none of a token
 */
export async function tokenInfo(transport: Transport): Promise<TokenInformation> {
  const answer = await transport.exchange(encodeCommand(getData(TAG_TOKEN_INFORMATION)));
  const response = parseResponse(answer);
  if (response.statusWord !== SW_OK) throw new TokenRefusal("GET DATA", response.statusWord);
  return parseTokenInformation(response.data);
}
