/** `ochre devices`: the tokens of this machine. */
import { Command } from "commander";
import { type FoundToken, findTokens } from "../device/discovery.ts";
import { log, print, table } from "./output.ts";
import { describeToken, jsonOption } from "./token-option.ts";

export function devicesCommand(): Command {
  return new Command("devices")
    .description("list the tokens of this machine: emulators that run, and boards on USB that answer")
    .addOption(jsonOption())
    .action(async ({ json }: { json?: boolean }) => {
      const found = await findTokens({ warn: log });
      print(json, lines(found), { devices: found.map(describe) });
    });
}

function lines(found: FoundToken[]): string[] {
  if (found.length === 0) return ["No token was found. Plug one in, or start one with: ochre emulator"];
  const rows = found.map((token) => [
    token.path,
    token.serial ?? "-",
    token.board ?? "-",
    token.problem ?? (token.info ? describeToken(token.info).state : (token.http ?? "emulated")),
  ]);
  return table([["PORT", "SERIAL", "BOARD", "STATE OR PAGE"], ...rows]);
}

function describe({ info, ...token }: FoundToken): object {
  return info ? { ...token, ...describeToken(info) } : token;
}
