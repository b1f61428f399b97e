/** INSTALL and LOAD: another firmware for a token that is issued. */
import { ApduError } from "../../protocol/apdu/apdu-error.ts";
import type { CommandApdu } from "../../protocol/apdu/command.ts";
import { parseInstall } from "../../protocol/apdu/install.ts";
import { INS_LOAD, parseLoad } from "../../protocol/apdu/load.ts";
import { SW_CONDITIONS_NOT_SATISFIED } from "../../protocol/apdu/status-word.ts";
import type { OrderDisplay } from "./order-port.ts";
import type { StagedKeys } from "./staged-keys.ts";
import { ISSUED, type Token } from "./token.ts";
import { beginUpdate, type Update } from "./update.part.ts";

/** From the answer that tells of a new image to the restart: the answer is on its way by then. */
const RESTART_MS = 300;
const NOTHING: Uint8Array = new Uint8Array(0);

export class LoadFirmware {
  private readonly token: Token;
  private readonly version: string;
  private readonly staged: StagedKeys;
  private readonly display: OrderDisplay;
  private update: Update | undefined;

  constructor(token: Token, version: string, staged: StagedKeys, display: OrderDisplay) {
    this.token = token;
    this.version = version;
    this.staged = staged;
    this.display = display;
  }

  /** @throws ApduError, and the host begins again */
  perform(command: CommandApdu): Uint8Array {
    const update = this.update;
    if (command.ins === INS_LOAD) {
      const block = parseLoad(command);
      if (update === undefined) throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "INSTALL [for load] comes first");
      this.display.showUpdate();
      update.load(block);
      return NOTHING;
    }
    const install = parseInstall(command);
    const token = this.token;
    if (install !== undefined) {
      // Before a token is issued, whoever can derive its keys could give it another firmware.
      if (this.staged.inSession || token.state() < ISSUED)
        throw new ApduError(
          SW_CONDITIONS_NOT_SATISFIED,
          "a session under the issuer's keys, on a token that is issued",
        );
      this.update = beginUpdate(token.board, this.version, install);
      this.display.showUpdate();
      return NOTHING;
    }
    if (update === undefined) throw new ApduError(SW_CONDITIONS_NOT_SATISFIED, "INSTALL [for load] comes first");
    this.display.showUpdate();
    const hash = update.makeSelectable();
    // Whatever comes now, the display says so until the restart.
    this.update = undefined;
    token.board.timers.after(RESTART_MS, update.restart);
    return hash;
  }

  /** What was loaded never counts. True where there was something. */
  drop(): boolean {
    const begun = this.update !== undefined;
    this.update = undefined;
    return begun;
  }
}
