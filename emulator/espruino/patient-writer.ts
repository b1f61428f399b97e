/** Offers a device what it did not take, again and again and in order, until it takes it. */

/** Characters that are offered at once. */
const PIECE = 4096;
/** Milliseconds until a device that took nothing is asked again. */
const PATIENCE = 10;
/** How many times in a row it may take nothing until nobody waits for that any more: five seconds. */
const REFUSALS = 500;

export class PatientWriter {
  readonly #take: (text: string) => number;
  #text = "";
  #refusals = 0;
  #timer: NodeJS.Timeout | undefined;
  #onTaken: (() => void)[] = [];

  /** @param take returns how many characters the device took, from the first one on */
  constructor(take: (text: string) => number) {
    this.#take = take;
  }

  /** How many characters the device has not taken yet. */
  get waiting(): number {
    return this.#text.length;
  }

  write(text: string): void {
    this.#text += text;
    if (this.#timer === undefined) this.#some();
  }

  /** Fulfilled when the device has taken all, or nothing for five seconds, or when this has stopped. */
  taken(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#text === "" || this.#refusals >= REFUSALS) resolve();
      else this.#onTaken.push(resolve);
    });
  }

  /** What waits is lost. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#text = "";
    this.#tell();
  }

  #some(): void {
    this.#timer = undefined;
    while (this.#text !== "") {
      const taken = this.#take(this.#text.slice(0, PIECE));
      this.#text = this.#text.slice(taken);
      this.#refusals = taken > 0 ? 0 : this.#refusals + 1;
      if (taken > 0) continue;
      this.#timer = setTimeout(() => this.#some(), PATIENCE);
      if (this.#refusals === REFUSALS) this.#tell();
      return;
    }
    this.#tell();
  }

  #tell(): void {
    for (const told of this.#onTaken.splice(0)) told();
  }
}
