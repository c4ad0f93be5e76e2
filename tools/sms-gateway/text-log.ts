import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** A text that the gateway has taken. */
export interface TakenText {
  readonly id: string;
  readonly key: string;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly takenAt: string;
}

/**
 * The texts and their keys, a JSON line each. A line is in the operating system's hands before its text is answered, so a kill
 * of this process forgets none. It is not synced: a loss of power may take the last ones.
 */
export class TextLog {
  /** In the order in which they were taken. */
  readonly texts: TakenText[];
  readonly #byKey: Map<string, TakenText>;
  readonly #file: number;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#file = openSync(path, 'a+');
    const content = readFileSync(this.#file);
    // A kill in the middle of a write leaves half a line, of a text that was not answered.
    const whole = content.subarray(0, content.lastIndexOf(0x0a) + 1);
    ftruncateSync(this.#file, whole.length);
    const lines = whole.toString().split('\n').slice(0, -1);
    this.texts = lines.map((line) => JSON.parse(line) as TakenText);
    this.#byKey = new Map(this.texts.map((text) => [text.key, text]));
  }

  of(key: string): TakenText | undefined {
    return this.#byKey.get(key);
  }

  add(text: TakenText): void {
    const line = Buffer.from(`${JSON.stringify(text)}\n`);
    let written = 0;
    while (written < line.length) written += writeSync(this.#file, line, written);
    this.texts.push(text);
    this.#byKey.set(text.key, text);
  }

  close(): void {
    closeSync(this.#file);
  }
}
