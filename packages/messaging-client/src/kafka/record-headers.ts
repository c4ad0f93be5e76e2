import { strictUtf8 } from './strict-utf8.ts';

export type RecordHeader = readonly [name: string, value: Buffer];

/** As client libraries give and take them; a name that comes more than once has all its values. */
export type HeadersByName = Readonly<Record<string, string | Buffer | ReadonlyArray<string | Buffer> | undefined>>;

/** An error: the value is not UTF-8. */
export type HeaderText = string | TypeError | undefined;

/** The headers of a record, in its order. A name may come more than once, and a value need not be text. */
export abstract class RecordHeaders implements Iterable<RecordHeader> {
  abstract readonly count: number;
  /** Of all names and values. */
  abstract readonly bytes: number;

  /** Of an object with the values by name; what are headers already is returned as it is. */
  static from(headers: RecordHeaders | HeadersByName = {}): RecordHeaders {
    if (headers instanceof RecordHeaders) return headers;
    return new ListedHeaders(
      Object.entries(headers).flatMap(([name, values]) =>
        [values].flat().flatMap((one): RecordHeader[] => {
          // kafkajs collects headers on a plain object: one called `constructor` comes with a function beside it.
          const isHeader = one === undefined || typeof one === 'string' || Buffer.isBuffer(one);
          return isHeader ? [[name, Buffer.from(one ?? '')]] : [];
        }),
      ),
    );
  }

  /** The first value of a name, which is given in ASCII. A header without a value has an empty one. */
  abstract first(name: string): Buffer | undefined;

  /** The first value of each name, as text. */
  abstract texts(names: readonly string[]): HeaderText[];

  /** Names and values, in the order of the record. */
  abstract [Symbol.iterator](): Iterator<RecordHeader>;
}

export class ListedHeaders extends RecordHeaders {
  readonly count: number;
  readonly bytes: number;
  readonly #headers: readonly RecordHeader[];

  constructor(headers: readonly RecordHeader[]) {
    super();
    this.#headers = headers;
    this.count = headers.length;
    this.bytes = headers.reduce((bytes, [name, value]) => bytes + Buffer.byteLength(name) + value.length, 0);
  }

  first(name: string): Buffer | undefined {
    return this.#headers.find((header) => header[0] === name)?.[1];
  }

  texts(names: readonly string[]): HeaderText[] {
    return names.map((name) => {
      const value = this.first(name);
      return value && headerText(value, 0, value.length);
    });
  }

  [Symbol.iterator](): Iterator<RecordHeader> {
    return this.#headers[Symbol.iterator]();
  }
}

export function headerText(bytes: Buffer, from: number, end: number): string | TypeError {
  try {
    return strictUtf8(bytes, from, end);
  } catch (error) {
    return error as TypeError;
  }
}
