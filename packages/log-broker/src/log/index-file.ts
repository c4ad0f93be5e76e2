import type { FileSystem, StoredFile } from '../storage/file-system.ts';

export interface IndexLocation {
  readonly files: FileSystem;
  readonly path: string;
  /** Whether the file exists, if that is known. */
  readonly isThere?: boolean | undefined;
}

/**
 * A file of fixed-size entries in ascending order of their first field, searched by bisection without being read whole.
 * A torn last entry (a crash during a write) is ignored. The file is created with the first entry, and opened with the
 * first use: most logs are small, and files are most of what creating a topic costs, and a start with thousands of them.
 */
export class IndexFile<Entry> {
  private readonly files: FileSystem;
  private readonly path: string;
  private opened: StoredFile | undefined;
  /** Unknown until the first use, unless the caller knows. */
  private isThere: boolean | undefined;
  /** Whether it has changed since the last sync. */
  isUnsynced = false;
  /** Whether the file was created after this object: then its name has to be synced, too. */
  wasCreated = false;
  private readonly entryBytes: number;
  private readonly decode: (bytes: Buffer) => Entry;
  private readonly encode: (entry: Entry) => Buffer;
  private entries: number | undefined;

  constructor(
    { files, path, isThere }: IndexLocation,
    entryBytes: number,
    decode: (bytes: Buffer) => Entry,
    encode: (entry: Entry) => Buffer,
  ) {
    this.files = files;
    this.path = path;
    this.isThere = isThere;
    this.entryBytes = entryBytes;
    this.decode = decode;
    this.encode = encode;
  }

  private get file(): StoredFile | undefined {
    this.isThere ??= this.files.exists(this.path);
    if (this.isThere) this.opened ??= this.files.open(this.path);
    return this.opened;
  }

  private get count(): number {
    this.entries ??= Math.floor((this.file?.size ?? 0) / this.entryBytes);
    return this.entries;
  }

  get length(): number {
    return this.count;
  }

  append(entry: Entry): void {
    const { count } = this;
    const file = this.file ?? this.create();
    file.write([this.encode(entry)], count * this.entryBytes);
    this.entries = count + 1;
    this.isUnsynced = true;
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
    this.entries = 0;
    if (!this.file || this.file.size === 0) return;
    this.file.truncate(0);
    this.isUnsynced = true;
  }

  /** Every entry, for the indexes that are read whole (aborted transactions). */
  all(): Entry[] {
    const bytes = this.read(0, this.count * this.entryBytes);
    const entryAt = (at: number) => this.decode(bytes.subarray(at, at + this.entryBytes));
    return Array.from({ length: this.count }, (_, index) => entryAt(index * this.entryBytes));
  }

  private create(): StoredFile {
    this.wasCreated = true;
    this.isThere = true;
    this.opened = this.files.open(this.path);
    return this.opened;
  }

  private read(position: number, length: number): Buffer {
    return this.file?.read(position, length) ?? Buffer.alloc(0);
  }

  async sync(): Promise<void> {
    // What is appended meanwhile is not part of it.
    this.isUnsynced = false;
    try {
      await this.file?.sync();
    } catch (error) {
      this.isUnsynced = true;
      throw error;
    }
  }

  syncNow(): void {
    this.file?.syncNow();
    this.isUnsynced = false;
  }

  close(): void {
    this.opened?.close();
  }
}
