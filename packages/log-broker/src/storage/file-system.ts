/**
 * The part of a file system that the log needs, so that crash tests can run it in memory with faults.
 *
 * Reads and writes are synchronous: they reach the page cache in a few microseconds, which is less than Node's thread
 * pool costs, and keep every append in one piece. What waits for the disk itself is asynchronous (`sync`, and names that end
 * in `Later`); the synchronous forms are for start, stop and recovery, when no client is served.
 */
export interface FileSystem {
  /** Creates a folder and its parents, if missing. */
  /** `private`: other users of the machine cannot read it, where the system has that. */
  makeDirectory(path: string, access?: 'private'): void;
  /** Names in a folder, in no particular order; empty when the folder does not exist. */
  list(path: string): string[];
  /** Whether there is a file or a folder. */
  exists(path: string): boolean;
  /** Whether there is a folder. */
  isDirectory(path: string): boolean;
  /** Opens for reading and writing, creating the file when there is none. */
  open(path: string): StoredFile;
  /** The whole content; undefined when the file does not exist. */
  readFile(path: string): Buffer | undefined;
  /**
   * Replaces a file's content in one step: a crash leaves either the old or the new one. With `durable` also a power
   * loss does, and the new content is durable when this returns.
   */
  replaceFile(path: string, content: Buffer | string, durable: boolean): void;
  /**
   * As `replaceFile` with `durable`, without waiting for the disk. Just before the new content takes the place of the old,
   * `isWanted` is called: resolves with its result, and if that is false nothing has changed.
   */
  replaceFileLater(path: string, content: Buffer | string, isWanted: () => boolean): Promise<boolean>;
  /** Creates a file with this content; false when it exists already. */
  createExclusive(path: string, content: string): boolean;
  /** Of a file or a folder; replaces a file of the new name. */
  rename(from: string, to: string): void;
  /** Removes a file, if it exists. */
  removeFile(path: string): void;
  /** As `removeFile`, for a large one. */
  removeFileLater(path: string): Promise<void>;
  /** With all that is in it, if it exists. */
  removeDirectory(path: string): void;
  /** As `removeDirectory`, for a large one. */
  removeDirectoryLater(path: string): Promise<void>;
  /** Makes creations, renames and removals in a folder survive a power loss. */
  syncDirectory(path: string): void;
  /** As `syncDirectory`, without waiting for the disk. */
  syncDirectoryLater(path: string): Promise<void>;
  /** Of the disk that has this folder; undefined where there is none, or where the system does not say. */
  space(path: string): Promise<DiskSpace | undefined>;
}

/** Returns a buffer of this length, with any content. */
export type Allocate = (bytes: number) => Buffer;

export interface DiskSpace {
  /** What this process may still write. */
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export interface StoredFile {
  readonly path: string;
  /** Bytes in the file. */
  readonly size: number;
  /** Time of the last write, in milliseconds since 1970. */
  readonly modifiedMs: number;
  /** Writes all chunks one after the other from `position` on. @throws the system's error when not everything was written */
  write(chunks: readonly Buffer[], position: number): void;
  /** Up to `length` bytes from `position`: fewer only at the end of the file. In a buffer of `allocate`, if the caller has its own. */
  read(position: number, length: number, allocate?: Allocate): Buffer;
  truncate(size: number): void;
  /** Resolves when all that was written before the call is on the disk itself. */
  sync(): Promise<void>;
  syncNow(): void;
  close(): void;
}
