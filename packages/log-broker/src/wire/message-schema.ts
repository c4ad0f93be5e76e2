import { ByteReader, WireFormatError } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import type { Steps } from '../turns.ts';

// A message is a table of fields, each with the versions it exists in, as in Kafka's own message definitions. The tables
// under generated/ are turned into a reader and a writer per version the first time that version is used.

type Primitive =
  | 'bool' | 'int8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'float64'
  | 'string' | 'uuid' | 'bytes' | 'records'; // prettier-ignore

export type FieldType = Primitive | { readonly array: FieldType } | { readonly struct: readonly Field[] };

/** `versions` is `"3"`, `"3-5"` or `"3+"`. */
export type Field = readonly [name: string, type: FieldType, versions: string, options?: FieldOptions];

export interface FieldOptions {
  /** Versions in which the value may be null. */
  readonly nullable?: string;
  /** Used when a version lacks the field, or the writer gets no value. Zero, empty or false when not set. */
  readonly default?: unknown;
  /** Written in the tagged section under this number, from the given versions on. */
  readonly tag?: number;
  readonly taggedVersions?: string;
  /** `"none"` keeps the old encoding in flexible versions (the client id in the request header). */
  readonly flexible?: string;
}

export const array = (element: FieldType): FieldType => ({ array: element });
export const struct = (fields: readonly Field[]): FieldType => ({ struct: fields });

/** Reads and writes one message in every version it has. */
export class MessageCodec<T> {
  readonly validVersions: string;
  private readonly flexibleVersions: string;
  private readonly fields: readonly Field[];
  private readonly byVersion = new Map<number, ValueCodec>();

  constructor(validVersions: string, flexibleVersions: string, fields: readonly Field[]) {
    this.validVersions = validVersions;
    this.flexibleVersions = flexibleVersions;
    this.fields = fields;
  }

  isFlexible(version: number): boolean {
    return within(this.flexibleVersions, version);
  }

  /** @throws {WireFormatError} when the bytes are not this message. Trailing bytes are left unread: librdkafka sends some. */
  read(reader: ByteReader, version: number): T {
    return this.codec(version).read(reader) as T;
  }

  write(writer: ByteWriter, version: number, message: T): void {
    this.codec(version).write(writer, message);
  }

  /** As {@link read}, in steps: for long requests. */
  *readInSteps(reader: ByteReader, version: number): Steps<T> {
    const codec = this.codec(version);
    return (codec.readInSteps ? yield* codec.readInSteps(reader) : codec.read(reader)) as T;
  }

  /** As {@link write}, in steps: for answers that may be long. */
  *writeInSteps(writer: ByteWriter, version: number, message: T): Steps<void> {
    const codec = this.codec(version);
    if (codec.writeInSteps) yield* codec.writeInSteps(writer, message);
    else codec.write(writer, message);
  }

  encode(version: number, message: T): Buffer {
    const writer = new ByteWriter();
    this.write(writer, version, message);
    return writer.toBuffer();
  }

  private codec(version: number): ValueCodec {
    let codec = this.byVersion.get(version);
    if (!codec) {
      codec = structCodec(this.fields, version, this.isFlexible(version));
      this.byVersion.set(version, codec);
    }
    return codec;
  }
}

/** One request key: its number and the codecs of both directions. */
export interface Api<Request, Response> {
  readonly key: number;
  readonly name: string;
  readonly request: MessageCodec<Request>;
  readonly response: MessageCodec<Response>;
}

interface ValueCodec {
  read(reader: ByteReader): unknown;
  write(writer: ByteWriter, value: unknown): void;
  /** For lists of structs, which may have many values. A list of numbers is read and written at once. */
  readInSteps?(reader: ByteReader): Steps<unknown>;
  writeInSteps?(writer: ByteWriter, value: unknown): Steps<void>;
}

/** Values of a list that are read or written in one step: a few microseconds each. */
const VALUES_PER_STEP = 16;

/** Whether `version` lies in a range such as `"3-5"`. */
export function within(range: string | undefined, version: number): boolean {
  if (range === undefined || range === 'none') return false;
  const [first, last] = rangeBounds(range);
  return version >= first && version <= last;
}

export function rangeBounds(range: string): readonly [first: number, last: number] {
  if (range.endsWith('+')) return [Number(range.slice(0, -1)), 0x7fff];
  const [first, last] = range.split('-');
  return [Number(first), Number(last ?? first)];
}

function structCodec(fields: readonly Field[], version: number, flexible: boolean): ValueCodec {
  const plain: [name: string, codec: ValueCodec, fallback: unknown][] = [];
  const tagged: [tag: number, name: string, codec: ValueCodec, fallback: unknown][] = [];
  const absent: [name: string, fallback: unknown][] = [];
  for (const [name, type, versions, options] of fields) {
    const fallback = defaultOf(type, options);
    if (options?.tag !== undefined && within(options.taggedVersions, version)) {
      const isNullableStruct = typeof type === 'object' && 'struct' in type && within(options.nullable, version);
      // Kafka reads a missing one as one with empty fields, so null is always written.
      if (isNullableStruct) tagged.push([options.tag, name, nullableTaggedStruct(type.struct, version), undefined]);
      else tagged.push([options.tag, name, valueCodec(type, version, flexible, options), fallback]);
    } else if (within(versions, version)) {
      plain.push([name, valueCodec(type, version, flexible && options?.flexible !== 'none', options), fallback]);
    } else {
      absent.push([name, fallback]);
    }
  }
  tagged.sort((a, b) => a[0] - b[0]);

  const readRest = (reader: ByteReader, value: Record<string, unknown>) => {
    for (const [name, fallback] of absent) value[name] = fallback;
    for (const [, name, , fallback] of tagged) value[name] = fallback;
    if (flexible) readTagged(reader, tagged, value);
    return value;
  };
  const whole: ValueCodec = {
    read(reader) {
      const value: Record<string, unknown> = {};
      for (const [name, codec] of plain) value[name] = codec.read(reader);
      return readRest(reader, value);
    },
    write(writer, message) {
      const value = message as Record<string, unknown>;
      for (const [name, codec, fallback] of plain) codec.write(writer, value[name] ?? nullOr(value[name], fallback));
      if (flexible) writeTagged(writer, tagged, value);
    },
  };
  if (!plain.some(([, codec]) => codec.readInSteps)) return whole;
  return {
    ...whole,
    *readInSteps(reader) {
      const value: Record<string, unknown> = {};
      for (const [name, codec] of plain) {
        value[name] = codec.readInSteps ? yield* codec.readInSteps(reader) : codec.read(reader);
      }
      return readRest(reader, value);
    },
    *writeInSteps(writer, message) {
      const value = message as Record<string, unknown>;
      for (const [name, codec, fallback] of plain) {
        const field = value[name] ?? nullOr(value[name], fallback);
        if (codec.writeInSteps) yield* codec.writeInSteps(writer, field);
        else codec.write(writer, field);
      }
      if (flexible) writeTagged(writer, tagged, value);
    },
  };
}

/** Null stays null; only a missing value gets the default. */
function nullOr(value: unknown, fallback: unknown): unknown {
  return value === null ? null : fallback;
}

type TaggedField = [tag: number, name: string, codec: ValueCodec, fallback: unknown];

function readTagged(reader: ByteReader, tagged: TaggedField[], into: Record<string, unknown>): void {
  for (let left = reader.unsignedVarint(); left > 0; left--) {
    const tag = reader.unsignedVarint();
    const size = reader.unsignedVarint();
    const field = tagged.find(([known]) => known === tag);
    const content = new ByteReader(reader.bytes(size));
    if (field) into[field[1]] = field[2].read(content);
  }
}

function writeTagged(writer: ByteWriter, tagged: TaggedField[], value: Record<string, unknown>): void {
  const present = tagged.filter(([, name, , fallback]) => value[name] !== undefined && value[name] !== fallback);
  writer.unsignedVarint(present.length);
  for (const [tag, name, codec] of present) {
    const content = new ByteWriter();
    codec.write(content, value[name]);
    writer.unsignedVarint(tag);
    writer.unsignedVarint(content.size);
    writer.append(content);
  }
}

function valueCodec(type: FieldType, version: number, flexible: boolean, options?: FieldOptions): ValueCodec {
  const nullable = within(options?.nullable, version);
  if (typeof type === 'object' && 'array' in type) {
    const isOfStructs = typeof type.array === 'object' && 'struct' in type.array;
    return arrayCodec(valueCodec(type.array, version, flexible), flexible, nullable, isOfStructs);
  }
  if (typeof type === 'object') {
    const codec = structCodec(type.struct, version, flexible);
    return nullable ? nullableStruct(codec) : codec;
  }
  if (type === 'string') return stringCodec(flexible, nullable);
  if (type === 'bytes' || type === 'records') return bytesCodec(flexible, nullable);
  return {
    read: (reader) => reader[type](),
    write: (writer, value) => writer[type](value as never),
  };
}

// Flexible versions write lengths as unsigned varint plus one, zero meaning null; the older ones as int16 or int32 with
// -1 meaning null (KIP-482).

function stringCodec(flexible: boolean, nullable: boolean): ValueCodec {
  return {
    read(reader) {
      const length = flexible ? reader.unsignedVarint() - 1 : reader.int16();
      if (length >= 0) return reader.utf8(length);
      if (nullable) return null;
      throw new WireFormatError('null where a string must be');
    },
    write(writer, value) {
      const length = value === null ? -1 : Buffer.byteLength(value as string);
      if (flexible) writer.unsignedVarint(length + 1);
      else writer.int16(length);
      if (length > 0) writer.utf8(value as string, length);
    },
  };
}

function bytesCodec(flexible: boolean, nullable: boolean): ValueCodec {
  return {
    read(reader) {
      const length = flexible ? reader.unsignedVarint() - 1 : reader.int32();
      if (length >= 0) return reader.bytes(length);
      if (nullable) return null;
      throw new WireFormatError('null where bytes must be');
    },
    write(writer, value) {
      const parts = partsOf(value as Buffer | readonly Buffer[] | null);
      const length = parts === null ? -1 : parts.reduce((sum, part) => sum + part.length, 0);
      if (flexible) writer.unsignedVarint(length + 1);
      else writer.int32(length);
      for (const part of parts ?? []) writer.bytes(part);
    },
  };
}

/** Bytes may be written in several buffers, one after the other, so that large ones need not be joined. */
function partsOf(bytes: Buffer | readonly Buffer[] | null): readonly Buffer[] | null {
  return Buffer.isBuffer(bytes) ? [bytes] : bytes;
}

function arrayCodec(element: ValueCodec, flexible: boolean, nullable: boolean, isOfStructs: boolean): ValueCodec {
  /** Undefined for null. */
  const readLength = (reader: ByteReader): number | undefined => {
    const length = flexible ? reader.unsignedVarint() - 1 : reader.int32();
    if (length >= 0) return reader.takeElements(length);
    if (nullable) return undefined;
    throw new WireFormatError('null where an array must be');
  };
  const writeLength = (writer: ByteWriter, values: unknown[] | null) => {
    const length = values === null ? -1 : values.length;
    if (flexible) writer.unsignedVarint(length + 1);
    else writer.int32(length);
  };
  const whole: ValueCodec = {
    read(reader) {
      const length = readLength(reader);
      if (length === undefined) return null;
      const values: unknown[] = [];
      for (let left = length; left > 0; left--) values.push(element.read(reader));
      return values;
    },
    write(writer, value) {
      const values = value as unknown[] | null;
      writeLength(writer, values);
      if (values) for (const item of values) element.write(writer, item);
    },
  };
  if (!isOfStructs) return whole;
  return {
    ...whole,
    *readInSteps(reader) {
      const length = readLength(reader);
      if (length === undefined) return null;
      const values: unknown[] = [];
      for (let left = length; left > 0; left--) {
        values.push(element.readInSteps ? yield* element.readInSteps(reader) : element.read(reader));
        if (left % VALUES_PER_STEP === 0) yield;
      }
      return values;
    },
    *writeInSteps(writer, value) {
      const values = value as unknown[] | null;
      writeLength(writer, values);
      for (const [index, item] of (values ?? []).entries()) {
        if (element.writeInSteps) yield* element.writeInSteps(writer, item);
        else element.write(writer, item);
        if (index % VALUES_PER_STEP === VALUES_PER_STEP - 1) yield;
      }
    },
  };
}

function nullableStruct(codec: ValueCodec): ValueCodec {
  return {
    read: (reader) => (reader.int8() < 0 ? null : codec.read(reader)),
    write(writer, value) {
      writer.int8(value === null ? -1 : 1);
      if (value !== null) codec.write(writer, value);
    },
  };
}

/** In the tagged section its presence is written as a varint. */
function nullableTaggedStruct(fields: readonly Field[], version: number): ValueCodec {
  const codec = structCodec(fields, version, true);
  return {
    read: (reader) => (reader.unsignedVarint() === 0 ? null : codec.read(reader)),
    write(writer, value) {
      writer.unsignedVarint(value === null ? 0 : 1);
      if (value !== null) codec.write(writer, value);
    },
  };
}

export const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA';

function defaultOf(type: FieldType, options: FieldOptions | undefined): unknown {
  if (options?.default !== undefined) return options.default;
  if (typeof type === 'object' && 'array' in type) return [];
  if (typeof type === 'object') return defaultStruct(type.struct);
  if (type === 'string') return '';
  if (type === 'bool') return false;
  if (type === 'uuid') return ZERO_UUID;
  if (type === 'bytes' || type === 'records') return Buffer.alloc(0);
  return 0;
}

function defaultStruct(fields: readonly Field[]): unknown {
  return Object.fromEntries(fields.map(([name, type, , options]) => [name, defaultOf(type, options)]));
}
