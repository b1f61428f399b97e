/** Server-sent events as they arrive (WHATWG HTML, section 9.2.6), as far as this API sends them: `event` and one `data`. */

export interface ServerEvent {
  event: string;
  data: string;
}

/** Makes events of pieces of the stream, however it was cut into pieces. */
export class EventReader {
  #text = "";

  /** Events that are complete with this piece. */
  read(piece: string): ServerEvent[] {
    const blocks = (this.#text + piece).split("\n\n");
    this.#text = blocks.pop()!;
    return blocks.flatMap((block) => {
      const fields = new Map(
        block.split("\n").map((line): [string, string] => {
          const colon = line.indexOf(":");
          return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
        }),
      );
      const data = fields.get("data");
      return data === undefined ? [] : [{ event: fields.get("event") ?? "message", data }];
    });
  }
}
