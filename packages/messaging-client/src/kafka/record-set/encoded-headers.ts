import { headerText, RecordHeaders } from '../record-headers.ts';
import type { HeaderText, RecordHeader } from '../record-headers.ts';
import type { ByteCursor } from './byte-cursor.ts';

const EMPTY = Buffer.alloc(0);

/** Where a name was read last in its batch, and its value. */
interface LastRead {
  nameFrom: number;
  from: number;
  length: number;
  text: string | TypeError;
}

/** What the headers of a batch share. Most are the same from record to record: equal bytes of a name share one string. */
export class BatchHeaders {
  readonly cursor: ByteCursor;
  readonly #view: DataView;
  #names: readonly string[] = [];
  #last: Array<LastRead | undefined> = [];

  constructor(cursor: ByteCursor) {
    const { buffer, byteOffset, length } = cursor.bytes;
    this.cursor = cursor;
    this.#view = new DataView(buffer, byteOffset, length);
  }

  /** To be called before isName() and textOf(), which go by the index of a name. */
  lookFor(names: readonly string[]): void {
    if (names === this.#names) return;
    this.#names = names;
    this.#last = names.map(() => undefined);
  }

  isName(index: number, from: number, length: number): boolean {
    const name = this.#names[index]!;
    if (name.length !== length) return false;
    const last = this.#last[index];
    return last === undefined ? isAscii(name, this.cursor.bytes, from) : this.#areEqual(last.nameFrom, from, length);
  }

  textOf(index: number, nameFrom: number, from: number, length: number): string | TypeError {
    const last = this.#last[index];
    if (last !== undefined && last.length === length && this.#areEqual(last.from, from, length)) return last.text;
    const text = headerText(this.cursor.bytes, from, from + length);
    this.#last[index] = { nameFrom, from, length, text };
    return text;
  }

  /** Four bytes at a time, from the end: ids and times differ there. */
  #areEqual(one: number, other: number, length: number): boolean {
    const view = this.#view;
    let left = length;
    for (; left >= 4; left -= 4) if (view.getInt32(one + left - 4) !== view.getInt32(other + left - 4)) return false;
    for (; left > 0; left -= 1) if (view.getInt8(one + left - 1) !== view.getInt8(other + left - 1)) return false;
    return true;
  }
}

/** Headers as they are stored in a batch, read on demand. Their structure has been checked. */
export class EncodedHeaders extends RecordHeaders {
  readonly count: number;
  readonly bytes: number;
  readonly #batch: BatchHeaders;
  readonly #from: number;

  constructor(batch: BatchHeaders, from: number, count: number, bytes: number) {
    super();
    this.#batch = batch;
    this.#from = from;
    this.count = count;
    this.bytes = bytes;
  }

  first(name: string): Buffer | undefined {
    const { cursor } = this.#batch;
    cursor.at = this.#from;
    for (let n = 0; n < this.count; n += 1) {
      const nameBytes = cursor.varint();
      const from = cursor.skip(nameBytes);
      if (nameBytes === name.length && isAscii(name, cursor.bytes, from)) return cursor.varintBytes() ?? EMPTY;
      cursor.skipVarintBytes();
    }
    return undefined;
  }

  texts(names: readonly string[]): HeaderText[] {
    const batch = this.#batch;
    const { cursor } = batch;
    const texts = names.map((): HeaderText => undefined);
    batch.lookFor(names);
    cursor.at = this.#from;
    for (let n = 0; n < this.count; n += 1) {
      const nameBytes = cursor.varint();
      const nameFrom = cursor.skip(nameBytes);
      const valueBytes = cursor.skipVarintBytes();
      for (let at = 0; at < texts.length; at += 1) {
        if (texts[at] !== undefined || !batch.isName(at, nameFrom, nameBytes)) continue;
        texts[at] = batch.textOf(at, nameFrom, cursor.at - valueBytes, valueBytes);
        break;
      }
    }
    return texts;
  }

  *[Symbol.iterator](): Iterator<RecordHeader> {
    const { cursor } = this.#batch;
    for (let n = 0, at = this.#from; n < this.count; n += 1) {
      cursor.at = at;
      const nameBytes = cursor.varint();
      const from = cursor.skip(nameBytes);
      const name = cursor.bytes.toString('utf8', from, from + nameBytes);
      const value = cursor.varintBytes() ?? EMPTY;
      // The cursor is the batch's, and moves while the caller has this header.
      at = cursor.at;
      yield [name, value];
    }
  }
}

function isAscii(text: string, bytes: Buffer, from: number): boolean {
  for (let at = 0; at < text.length; at += 1) if (bytes[from + at] !== text.charCodeAt(at)) return false;
  return true;
}
