/** `ochre update`: gives a token a newer firmware. */
import { Command } from "commander";
import { boards } from "../../firmware/build/build.ts";
import type { TokenInformation } from "../../protocol/apdu/get-data.ts";
import { firmwareImage } from "../flash/image.ts";
import {
  type FirmwareRelease,
  type FirmwareUpdate,
  UpdateError,
  updateFirmware,
} from "../provisioning/update-firmware.ts";
import { boardBundle } from "./board-bundle.ts";
import { type KeystoreOptions, keystoreOption, labOption, openKeyService } from "./keystore-option.ts";
import { log, print } from "./output.ts";
import { describeToken, jsonOption, portOption, type TokenOptions, withToken } from "./token-option.ts";

/** Percent between two lines about progress. */
const PROGRESS = 10;

export function updateCommand(): Command {
  return new Command("update")
    .description(
      "give a personalised token this version's firmware, in a session under its issuer's keys. Its PIN, credentials and counters stay. " +
        "Takes about a minute; broken off anywhere, the token has the old firmware or the new one, whole, and the same command goes on. " +
        "An older firmware than the token has is refused",
    )
    .addOption(portOption())
    .addOption(labOption())
    .addOption(keystoreOption())
    .addOption(jsonOption())
    .action(async (options: TokenOptions & KeystoreOptions) => {
      const keys = await openKeyService(options, false);
      const start = performance.now();
      let told = 0;
      try {
        const update = await withToken(options, (transport) =>
          updateFirmware(transport, keys, releaseFor, {
            progress: (done, total) => {
              const percent = Math.floor((100 * done) / total);
              if (percent < told + PROGRESS && percent < 100) return;
              told = percent;
              log(`${percent} % of the firmware is on the token; do not unplug it`);
            },
          }),
        );
        report(update, Number(((performance.now() - start) / 1000).toFixed(1)), options);
      } finally {
        keys.close();
      }
    });
}

/** The firmware of this package for the token's board. */
async function releaseFor({ boardName, model, serial }: TokenInformation): Promise<FirmwareRelease> {
  if (!boards.includes(boardName))
    throw new UpdateError(
      `Token ${serial} is a ${boardName}, and there is firmware for ${boards.join(", ")}. Nothing was changed.`,
    );
  const { bundle, manifest } = await boardBundle(boardName);
  if (manifest.model !== model[0] * 256 + model[1])
    throw new UpdateError(
      `Token ${serial} says that it is a ${boardName}, but of another model than that board's. Nothing was changed.`,
    );
  return { board: boardName, version: manifest.version, ...firmwareImage(bundle, manifest) };
}

function report(update: FirmwareUpdate, seconds: number, { json }: TokenOptions): void {
  const { serial, board, oldVersion, newVersion, bytes, digest, already, token } = update;
  const lines = already
    ? [`Token ${serial} has firmware ${newVersion} already. Nothing was changed: an update has a higher version.`]
    : [
        `Token ${serial} (${board}) had firmware ${oldVersion}; now it runs ${newVersion}. That took ${seconds} s.`,
        `Read back from its flash: ${bytes} bytes, digest ${digest}.`,
        "A board without a clock chip has lost the time: `ochre sync-clock` sets it.",
      ];
  print(json, lines, {
    serial,
    board,
    oldVersion,
    newVersion,
    already,
    bytes,
    digest: already ? null : digest,
    seconds,
    token: describeToken(token),
  });
}
