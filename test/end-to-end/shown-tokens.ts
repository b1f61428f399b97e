/** Tokens for the tests of the face: the same seeds, keys and clock in every run, so that the codes are the same too. */
import { readBuilt } from "../../emulator/built.ts";
import { Machine } from "../../emulator/machine/machine.ts";
import { type BootOptions, bootToken, Token } from "../../emulator/testing/token.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import type { PersonaliseOptions } from "../../host-tools/provisioning/personalise.ts";
import { personaliseToken } from "./personalised.ts";

export const SERIAL = "OC-SCREENS-0001";
export const PIN = "274913";
/** 2027-01-15 08:00:05 UTC: five seconds into a time step. */
export const NOW = 1_800_000_005;

export const factory = () =>
  bootToken({ port: false, unixTime: NOW, install: { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) } });

/** A board that has the bundle and nothing else yet. */
export async function blank(): Promise<Token> {
  const machine = new Machine({ ...(await readBuilt("pico-keypad")), unixTime: NOW });
  machine.powerOn();
  return new Token(machine);
}

/** The flash of a token that a bank personalised. */
export async function personalised(options: PersonaliseOptions): Promise<Uint8Array> {
  const token = await factory();
  await personaliseToken(token, NOW, options);
  return token.machine.flashDump();
}

export const boot = (flash: Uint8Array, built: Pick<BootOptions, "bundle" | "manifest"> = {}) =>
  bootToken({ port: false, unixTime: NOW, flash, ...built });

/** The same with a PIN. */
export async function withPin(options: PersonaliseOptions): Promise<Uint8Array> {
  const token = await boot(await personalised(options));
  token.press("OK", ...PIN, "OK", ...PIN, "OK");
  return token.machine.flashDump();
}
