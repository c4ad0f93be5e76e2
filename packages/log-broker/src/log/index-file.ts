import type { FileSystem, StoredFile } from '../storage/file-system.ts';

/**
 * A file of fixed-size entries in ascending order of their first field, searched by bisection without being read whole.
 * A torn last entry (a crash during a write) is ignored. The file is created with the first entry: most logs are small, and
 * creating files is most of what creating a topic costs.
 */
export class IndexFile<Entry> {
  private readonly files: FileSystem;
  private readonly path: string;
  private file: StoredFile | undefined;
  /** Whether the file was created after this object: then its name has to be synced, too. */
  wasCreated = false;
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
    this.files = files;
    this.path = path;
    this.file = files.exists(path) ? files.open(path) : undefined;
    this.entryBytes = entryBytes;
    this.decode = decode;
    this.encode = encode;
    this.count = Math.floor((this.file?.size ?? 0) / entryBytes);
  }

  get length(): number {
    return this.count;
  }

  append(entry: Entry): void {
    this.file ??= this.create();
    this.file.write([this.encode(entry)], this.count * this.entryBytes);
    this.count++;
  }

  at(index: number): Entry {
    return this.decode(this.read(index * this.entryBytes, this.entryBytes));
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
    this.file?.truncate(0);
    this.count = 0;
  }

  /** Every entry, for the indexes that are read whole (aborted transactions). */
  all(): Entry[] {
    const bytes = this.read(0, this.count * this.entryBytes);
    const entryAt = (at: number) => this.decode(bytes.subarray(at, at + this.entryBytes));
    return Array.from({ length: this.count }, (_, index) => entryAt(index * this.entryBytes));
  }

  private create(): StoredFile {
    this.wasCreated = true;
    return this.files.open(this.path);
  }

  private read(position: number, length: number): Buffer {
    return this.file?.read(position, length) ?? Buffer.alloc(0);
  }

  async sync(): Promise<void> {
    await this.file?.sync();
  }

  syncNow(): void {
    this.file?.syncNow();
  }

  close(): void {
    this.file?.close();
  }
}
