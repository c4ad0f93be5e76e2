import type { FileSystem, StoredFile } from '../storage/file-system.ts';

/**
 * A file of fixed-size entries in ascending order of their first field, searched by bisection without being read whole.
 * A torn last entry (a crash during a write) is ignored.
 */
export class IndexFile<Entry> {
  private readonly file: StoredFile;
  private readonly entryBytes: number;
  private readonly decode: (bytes: Buffer) => Entry;
  private readonly encode: (entry: Entry) => Buffer;
  private count: number;

  constructor(
    files: FileSystem,
    path: string,
    entryBytes: number,
    decode: (bytes: Buffer) => Entry,
    encode: (entry: Entry) => Buffer,
  ) {
    this.file = files.open(path);
    this.entryBytes = entryBytes;
    this.decode = decode;
    this.encode = encode;
    this.count = Math.floor(this.file.size / entryBytes);
  }

  get length(): number {
    return this.count;
  }

  append(entry: Entry): void {
    this.file.write([this.encode(entry)], this.count * this.entryBytes);
    this.count++;
  }

  at(index: number): Entry {
    return this.decode(this.file.read(index * this.entryBytes, this.entryBytes));
  }

  last(): Entry | undefined {
    return this.count === 0 ? undefined : this.at(this.count - 1);
  }

  /** The last entry for which `reached` holds. It must hold for a prefix of the entries. */
  lastWhere(reached: (entry: Entry) => boolean): Entry | undefined {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (reached(this.at(middle))) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? undefined : this.at(low - 1);
  }

  clear(): void {
    this.file.truncate(0);
    this.count = 0;
  }

  /** Every entry, for the indexes that are read whole (aborted transactions). */
  all(): Entry[] {
    const bytes = this.file.read(0, this.count * this.entryBytes);
    const entryAt = (at: number) => this.decode(bytes.subarray(at, at + this.entryBytes));
    return Array.from({ length: this.count }, (_, index) => entryAt(index * this.entryBytes));
  }

  sync(): Promise<void> {
    return this.file.sync();
  }

  syncNow(): void {
    this.file.syncNow();
  }

  close(): void {
    this.file.close();
  }
}
