/** State: the whole token, or its flash, in a file and back. */
import { h } from "preact";
import type { Snapshot } from "../engine.ts";
import { pictureOf } from "./display.ts";
import { Button, FileButton, Panel, Row, Said, saveFile } from "./form.ts";
import { useSay } from "./hooks.ts";
import type { Session } from "./session.ts";

export function StatePanel({ session }: { session: Session }) {
  const say = useSay();
  const { engine, power, recording } = session;
  const name = engine.serial.replace(/[^\w-]/g, "_");
  const { snapshot, replay } = engine.capabilities;
  const asked = { place: "recording", expects: "refused" } as const;

  const restore = async (file: File) => {
    const asked = { place: "snapshot", expects: "notASnapshot", done: "restored" } as const;
    let kept: Snapshot;
    try {
      kept = JSON.parse(await file.text());
    } catch (error) {
      return session.refuse(error, asked);
    }
    await session.act((on) => on.restore(kept), asked);
  };

  return h(Panel, {
    title: say("state"),
    hint: recording ? h("span", { class: "recording" }, say("recordingNow")) : say("stateHint"),
    children: [
      h("dl", {}, [
        h(Row, { name: say("serialNumber"), value: engine.serial }),
        h(Row, { name: say("board"), value: engine.manifest.board }),
        h(Row, { name: say("engine"), value: engine.name }),
        h(Row, { name: say("seed"), value: String(engine.seed) }),
      ]),
      h("div", { class: "row" }, [
        h(Button, {
          onPress: () =>
            void session.act(async (on) => saveFile(`${name}.png`, await pictureOf(await on.screen()), "image/png"), {
              place: "picture",
              expects: "refused",
              done: "saved",
            }),
          children: say("savePicture"),
        }),
      ]),
      h(Said, { session, place: "picture" }),
      snapshot && h("p", { class: "note" }, say("snapshotHint")),
      snapshot &&
        h("div", { class: "row" }, [
          h(Button, {
            onPress: () =>
              void session.act(
                async (on) =>
                  saveFile(`${name}.snapshot.json`, JSON.stringify(await on.snapshot()), "application/json"),
                { place: "snapshot", expects: "refused", done: "saved" },
              ),
            children: say("saveSnapshot"),
          }),
          h(FileButton, {
            text: say("restoreSnapshot"),
            accept: ".json",
            disabled: recording,
            onFile: (file: File) => void restore(file),
          }),
        ]),
      h(Said, { session, place: "snapshot" }),
      h("p", { class: "note" }, say(replay ? "recordingHint" : "recordingHintElsewhere")),
      h("div", { class: "row" }, [
        h(Button, {
          onPress: () => void session.act((on) => on.startRecording(), { ...asked, done: "recordingBegan" }),
          disabled: recording,
          children: say("record"),
        }),
        h(Button, {
          onPress: () =>
            void session.act(
              async (on) =>
                saveFile(`${name}.recording.json`, JSON.stringify(await on.stopRecording()), "application/json"),
              { ...asked, done: "saved" },
            ),
          disabled: !recording,
          children: say("stopAndSave"),
        }),
        replay &&
          h(FileButton, {
            text: say("replay"),
            accept: ".json",
            disabled: recording,
            onFile: (file: File) =>
              void session.act(async (on) => on.replay(JSON.parse(await file.text())), {
                place: "recording",
                expects: "notReplayed",
                done: "replayed",
              }),
          }),
      ]),
      h(Said, { session, place: "recording" }),
      h("p", { class: "note" }, say("loadFlashHint")),
      h("div", { class: "row" }, [
        h(Button, {
          onPress: () =>
            void session.act(
              async (on) =>
                saveFile(`${name}.flash.bin`, (await on.dumpFlash()) as BlobPart, "application/octet-stream"),
              { place: "flash", expects: "refused", done: "saved" },
            ),
          children: say("saveFlash"),
        }),
        h(FileButton, {
          text: say("loadFlash"),
          accept: ".bin",
          disabled: power.on || recording,
          onFile: (file: File) =>
            void session.act(async (on) => on.loadFlash(new Uint8Array(await file.arrayBuffer())), {
              place: "flash",
              expects: "notAFlash",
              done: "loaded",
            }),
        }),
      ]),
      h(Said, { session, place: "flash" }),
    ],
  });
}
