/** What an entry of the table takes beside its characters. */
const ENTRY_CHARACTERS = 100;

/** Texts that repeat, each kept once and referred to by its number, as long as something refers to it. 0 is no text. */
export class KeptTexts {
  readonly #numbers = new Map<string, number>();
  readonly #texts: Array<string | null> = [null];
  readonly #uses = [0];
  readonly #unused: number[] = [];
  #characters = 0;

  /** Of all texts, with what their entries take. */
  get characters(): number {
    return this.#characters;
  }

  /** The number of the text, to be given back by `release()`. */
  keep(text: string | null): number {
    if (text === null) return 0;
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#unused.pop() ?? this.#texts.length;
      this.#numbers.set(text, number);
      this.#texts[number] = text;
      this.#uses[number] = 0;
      this.#characters += text.length + ENTRY_CHARACTERS;
    }
    this.#uses[number]! += 1;
    return number;
  }

  of(number: number): string | null {
    return this.#texts[number]!;
  }

  release(number: number): void {
    if (number === 0) return;
    this.#uses[number]! -= 1;
    if (this.#uses[number]! > 0) return;
    const text = this.#texts[number]!;
    this.#numbers.delete(text);
    this.#texts[number] = null;
    this.#unused.push(number);
    this.#characters -= text.length + ENTRY_CHARACTERS;
  }
}
