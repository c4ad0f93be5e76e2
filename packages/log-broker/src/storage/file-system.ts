/**
 * The little of a file system that the log needs, so that crash tests can run it in memory with faults.
 *
 * Reads and writes are synchronous: they go to the page cache in a few microseconds, less than a turn through Node's
 * thread pool costs, and keep every append in one piece. What waits for the disk itself is asynchronous (`sync`, and what
 * ends in `Later`); the forms that wait are for the start, the stop and recovery, when nobody is served.
 */
export interface FileSystem {
  /** Creates a folder and its parents; an existing one is fine. */
  makeDirectory(path: string): void;
  /** Names in a folder, in no particular order; none when there is no such folder. */
  list(path: string): string[];
  exists(path: string): boolean;
  isDirectory(path: string): boolean;
  /** Opens for reading and writing, creating the file when there is none. */
  open(path: string): StoredFile;
  /** The whole content, or undefined when there is no such file. */
  readFile(path: string): Buffer | undefined;
  /**
   * Replaces a file's content in one step: a crash leaves either the old or the new one. With `durable` also a power
   * loss does, and the new content is there to stay when this returns.
   */
  replaceFile(path: string, content: Buffer | string, durable: boolean): void;
  /**
   * As `replaceFile` with `durable`, without waiting for the disk. Just before the new content takes the place of the old,
   * `isWanted` is asked: resolves with its answer, and with false nothing has changed.
   */
  replaceFileLater(path: string, content: Buffer | string, isWanted: () => boolean): Promise<boolean>;
  /** Creates a file with this content; false when there is one already. */
  createExclusive(path: string, content: string): boolean;
  rename(from: string, to: string): void;
  /** Removes a file; one that is not there is fine. */
  removeFile(path: string): void;
  removeDirectory(path: string): void;
  /** As `removeDirectory`, for one with much in it. */
  removeDirectoryLater(path: string): Promise<void>;
  /** Makes creations, renames and removals in a folder survive a power loss. */
  syncDirectory(path: string): void;
  /** As `syncDirectory`, without waiting for the disk. */
  syncDirectoryLater(path: string): Promise<void>;
}

export interface StoredFile {
  readonly path: string;
  /** Bytes in the file. */
  readonly size: number;
  /** When the file was last written to, in milliseconds since 1970. */
  readonly modifiedMs: number;
  /** Writes all chunks one behind the other from `position` on. @throws the system's error when not all of it was written */
  write(chunks: readonly Buffer[], position: number): void;
  /** Up to `length` bytes from `position`: fewer only at the end of the file. */
  read(position: number, length: number): Buffer;
  truncate(size: number): void;
  /** Resolves when all that was written before the call is on the disk itself. */
  sync(): Promise<void>;
  syncNow(): void;
  close(): void;
}
