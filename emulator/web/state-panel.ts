/** State: the whole token, or its flash, in a file and back. */
import { h } from "preact";
import type { Snapshot } from "../engine.ts";
import { Button, FileButton, Panel, saveFile } from "./form.ts";
import { useSay } from "./hooks.ts";
import type { Session } from "./session.ts";

export function StatePanel({ session }: { session: Session }) {
  const say = useSay();
  const { engine, power } = session;
  const name = engine.serial.replace(/[^\w-]/g, "_");

  const restore = async (file: File) => {
    let snapshot: Snapshot;
    try {
      snapshot = JSON.parse(await file.text());
    } catch {
      return session.say({ key: "notASnapshot" });
    }
    await session.act((on) => on.restore(snapshot));
  };

  return h(Panel, {
    title: say("state"),
    children: [
      engine.capabilities.snapshot && h("p", { class: "note" }, say("snapshotHint")),
      engine.capabilities.snapshot &&
        h("div", { class: "row" }, [
          h(Button, {
            onPress: () =>
              void session.act(async (on) =>
                saveFile(`${name}.snapshot.json`, JSON.stringify(await on.snapshot()), "application/json"),
              ),
            children: say("saveSnapshot"),
          }),
          h(FileButton, { text: say("restoreSnapshot"), accept: ".json", onFile: (file: File) => void restore(file) }),
        ]),
      h("p", { class: "note" }, say("loadFlashHint")),
      h("div", { class: "row" }, [
        h(Button, {
          onPress: () =>
            void session.act(async (on) =>
              saveFile(`${name}.flash.bin`, (await on.dumpFlash()) as BlobPart, "application/octet-stream"),
            ),
          children: say("saveFlash"),
        }),
        h(FileButton, {
          text: say("loadFlash"),
          accept: ".bin",
          disabled: power.on,
          onFile: (file: File) =>
            void session.act(async (on) => on.loadFlash(new Uint8Array(await file.arrayBuffer()))),
        }),
      ]),
    ],
  });
}
