import { basename, dirname } from 'node:path';
import type { Allocate, DiskSpace, FileSystem, StoredFile } from './file-system.ts';

/** A number in [0, 1), as `Math.random` gives, from a seed. */
export type Random = () => number;

interface Inode {
  bytes: Buffer;
  size: number;
  modifiedMs: number;
  /** Content that survives a power loss. */
  durable: Buffer;
  /** What was done since the last sync, in order. */
  unsynced: (({ position: number; bytes: Buffer } | { truncate: number }) & object)[];
}

type NameChange = { set: string; inode: Inode } | { remove: string };

/** The system's error for a full disk. */
function noSpace(path: string): Error {
  return Object.assign(new Error(`ENOSPC: no space left on device, write '${path}'`), { code: 'ENOSPC' });
}

/**
 * A file system in memory that can fail as a real one does, for tests of this broker and of programs that use it.
 *
 * It knows what a power loss would keep: any part of what was not synced, in any order, torn anywhere.
 */
export class MemoryFileSystem implements FileSystem {
  /** Bytes that fit in all files together; a write beyond that stops in the middle with ENOSPC. */
  capacityBytes = Number.POSITIVE_INFINITY;
  /** Set to n: the next write stops after n bytes with EIO. */
  tearNextWriteAfter: number | undefined;
  /** While true, syncs wait for {@link releaseSyncs}. */
  holdsSyncs = false;
  /** While true, syncs fail with EIO. */
  failsSyncs = false;

  private names = new Map<string, Inode>();
  private durableNames = new Map<string, Inode>();
  private unsyncedNames: NameChange[] = [];
  private readonly folders = new Set<string>(['/']);
  private usedBytes = 0;
  private heldSyncs: (() => void)[] = [];

  makeDirectory(path: string): void {
    for (let folder = path; !this.folders.has(folder) && folder !== dirname(folder); folder = dirname(folder)) {
      this.folders.add(folder);
    }
  }

  list(path: string): string[] {
    const found = new Set<string>();
    for (const each of [...this.names.keys(), ...this.folders]) {
      if (dirname(each) === path && each !== path) found.add(basename(each));
    }
    return [...found];
  }

  exists(path: string): boolean {
    return this.names.has(path) || this.folders.has(path);
  }

  isDirectory(path: string): boolean {
    return this.folders.has(path);
  }

  open(path: string): StoredFile {
    let inode = this.names.get(path);
    if (!inode) {
      inode = newInode();
      this.changeName({ set: path, inode });
    }
    return new MemoryFile(path, inode, this);
  }

  readFile(path: string): Buffer | undefined {
    const inode = this.names.get(path);
    return inode && Buffer.from(inode.bytes.subarray(0, inode.size));
  }

  replaceFile(path: string, content: Buffer | string, durable: boolean): void {
    const inode = newInode();
    this.write(path, inode, 0, Buffer.from(content));
    const old = this.names.get(path);
    if (old) this.usedBytes -= old.size;
    if (durable) settle(inode);
    this.changeName({ set: path, inode });
    if (durable) this.syncDirectory(dirname(path));
  }

  async replaceFileLater(path: string, content: Buffer | string, isWanted: () => boolean): Promise<boolean> {
    const inode = newInode();
    this.write(path, inode, 0, Buffer.from(content));
    await this.sync(inode);
    const isReplaced = isWanted();
    const dropped = isReplaced ? this.names.get(path) : inode;
    if (dropped) this.usedBytes -= dropped.size;
    if (!isReplaced) return false;
    this.changeName({ set: path, inode });
    await this.syncDirectoryLater(path);
    return true;
  }

  async removeDirectoryLater(path: string): Promise<void> {
    this.removeDirectory(path);
  }

  createExclusive(path: string, content: string): boolean {
    if (this.names.has(path)) return false;
    this.replaceFile(path, content, false);
    return true;
  }

  rename(from: string, to: string): void {
    if (this.folders.delete(from)) this.folders.add(to);
    for (const [path, inode] of Array.from(this.names)) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      this.changeName({ set: to + path.slice(from.length), inode });
      this.changeName({ remove: path });
    }
  }

  removeFile(path: string): void {
    const inode = this.names.get(path);
    if (!inode) return;
    this.usedBytes -= inode.size;
    this.changeName({ remove: path });
  }

  async removeFileLater(path: string): Promise<void> {
    this.removeFile(path);
  }

  removeDirectory(path: string): void {
    for (const name of Array.from(this.names.keys())) if (name.startsWith(`${path}/`)) this.removeFile(name);
    for (const folder of Array.from(this.folders)) {
      if (folder === path || folder.startsWith(`${path}/`)) this.folders.delete(folder);
    }
  }

  /** Name changes are journaled in order, as ext4 and XFS do: syncing one folder settles all before it. */
  syncDirectory(_path: string): void {
    this.unsyncedNames = [];
    this.durableNames = new Map(this.names);
  }

  async syncDirectoryLater(path: string): Promise<void> {
    await this.sync(newInode());
    this.syncDirectory(path);
  }

  async space(): Promise<DiskSpace | undefined> {
    if (!Number.isFinite(this.capacityBytes)) return undefined;
    return { freeBytes: this.capacityBytes - this.usedBytes, totalBytes: this.capacityBytes };
  }

  private changeName(change: NameChange): void {
    applyName(this.names, change);
    this.unsyncedNames.push(change);
  }

  /** For its open files. @throws Error with the code ENOSPC when not everything fits, EIO when the write is torn */
  write(path: string, inode: Inode, position: number, bytes: Buffer): void {
    const room = Math.max(0, this.capacityBytes - this.usedBytes - Math.max(0, position - inode.size));
    const growth = Math.max(0, position + bytes.length - inode.size);
    let taken = growth > room ? bytes.length - (growth - room) : bytes.length;
    const tear = this.tearNextWriteAfter;
    this.tearNextWriteAfter = undefined;
    if (tear !== undefined) taken = Math.min(taken, tear);
    taken = Math.max(0, taken);
    const before = inode.size;
    if (taken > 0) {
      const written = Buffer.from(bytes.subarray(0, taken));
      put(inode, position, written);
      inode.modifiedMs = Date.now();
      inode.unsynced.push({ position, bytes: written });
      this.usedBytes += inode.size - before;
    }
    if (tear !== undefined) throw Object.assign(new Error(`EIO: i/o error, write '${path}'`), { code: 'EIO' });
    if (taken < bytes.length) throw noSpace(path);
  }

  /** For its open files. */
  truncate(inode: Inode, size: number): void {
    this.usedBytes += size - inode.size;
    resize(inode, size);
    inode.unsynced.push({ truncate: size });
  }

  /** For its open files. Rejects while `failsSyncs`. */
  sync(inode: Inode): Promise<void> {
    if (this.failsSyncs) return Promise.reject(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }));
    const done = inode.unsynced.length;
    const finish = () => {
      const durable: Inode = { ...newInode(), bytes: Buffer.from(inode.durable), size: inode.durable.length };
      for (const op of inode.unsynced.splice(0, done)) applyTo(durable, op);
      inode.durable = durable.bytes.subarray(0, durable.size);
    };
    if (!this.holdsSyncs) {
      finish();
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.heldSyncs.push(() => {
        finish();
        resolve();
      });
    });
  }

  /** Lets the syncs end that wait. */
  releaseSyncs(): void {
    for (const release of this.heldSyncs.splice(0)) release();
  }

  /** What a new process finds after this one was killed: all that was written, synced or not. */
  afterKill(): MemoryFileSystem {
    const copies = new Map<Inode, Inode>();
    const copyOf = (inode: Inode): Inode => {
      let copy = copies.get(inode);
      if (!copy) {
        copy = { ...inode, bytes: Buffer.from(inode.bytes), unsynced: [...inode.unsynced] };
        copies.set(inode, copy);
      }
      return copy;
    };
    const copy = new MemoryFileSystem();
    for (const folder of this.folders) copy.folders.add(folder);
    for (const [path, inode] of this.names) copy.names.set(path, copyOf(inode));
    for (const [path, inode] of this.durableNames) copy.durableNames.set(path, copyOf(inode));
    copy.unsyncedNames = this.unsyncedNames.map((each) =>
      'set' in each ? { set: each.set, inode: copyOf(each.inode) } : each,
    );
    copy.usedBytes = this.usedBytes;
    return copy;
  }

  /** What a new process finds after a power loss: what was synced, and a random part of the rest. */
  afterPowerLoss(random: Random): MemoryFileSystem {
    const names = new Map(this.durableNames);
    const kept = Math.floor(random() * (this.unsyncedNames.length + 1));
    for (const change of this.unsyncedNames.slice(0, kept)) applyName(names, change);
    const copy = new MemoryFileSystem();
    for (const folder of this.folders) copy.folders.add(folder);
    for (const [path, inode] of names) {
      const content = survivorsOf(inode, random);
      copy.names.set(path, {
        bytes: content,
        size: content.length,
        modifiedMs: Date.now(),
        durable: content,
        unsynced: [],
      });
      copy.usedBytes += content.length;
      copy.makeDirectory(dirname(path));
    }
    copy.durableNames = new Map(copy.names);
    return copy;
  }
}

function survivorsOf(inode: Inode, random: Random): Buffer {
  if (inode.unsynced.length === 0) return inode.durable;
  const content: Inode = { ...newInode(), bytes: Buffer.from(inode.durable), size: inode.durable.length };
  // Half the time the disk kept the order and lost a tail, else each of the writes may be kept or lost.
  const inOrder = random() < 0.5;
  const kept = Math.floor(random() * (inode.unsynced.length + 1));
  for (const [index, op] of inode.unsynced.entries()) {
    if (inOrder ? index > kept : random() < 0.3) continue;
    const isTorn = 'bytes' in op && (inOrder ? index === kept : random() < 0.3);
    applyTo(content, isTorn ? { ...op, bytes: op.bytes.subarray(0, Math.floor(random() * op.bytes.length)) } : op);
  }
  return content.bytes.subarray(0, content.size);
}

class MemoryFile implements StoredFile {
  readonly path: string;
  private readonly inode: Inode;
  private readonly files: MemoryFileSystem;

  constructor(path: string, inode: Inode, files: MemoryFileSystem) {
    this.path = path;
    this.inode = inode;
    this.files = files;
  }

  get size(): number {
    return this.inode.size;
  }

  get modifiedMs(): number {
    return this.inode.modifiedMs;
  }

  write(chunks: readonly Buffer[], position: number): void {
    const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
    this.files.write(this.path, this.inode, position, bytes);
  }

  read(position: number, length: number, allocate: Allocate = Buffer.allocUnsafe): Buffer {
    const found = this.inode.bytes.subarray(position, Math.max(position, Math.min(position + length, this.inode.size)));
    const buffer = allocate(found.length);
    found.copy(buffer);
    return buffer;
  }

  truncate(size: number): void {
    this.files.truncate(this.inode, size);
  }

  sync(): Promise<void> {
    return this.files.sync(this.inode);
  }

  syncNow(): void {
    if (this.files.failsSyncs) throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
    settle(this.inode);
  }

  close(): void {}
}

function newInode(): Inode {
  return { bytes: Buffer.alloc(0), size: 0, modifiedMs: Date.now(), durable: Buffer.alloc(0), unsynced: [] };
}

function settle(inode: Inode): void {
  inode.unsynced = [];
  inode.durable = Buffer.from(inode.bytes.subarray(0, inode.size));
}

function resize(inode: Inode, size: number): void {
  if (size > inode.bytes.length) {
    const larger = Buffer.alloc(Math.max(size, inode.bytes.length * 2));
    inode.bytes.copy(larger, 0, 0, inode.size);
    inode.bytes = larger;
  } else if (size > inode.size) {
    inode.bytes.fill(0, inode.size, size);
  }
  inode.size = size;
}

function put(inode: Inode, position: number, bytes: Buffer): void {
  if (position + bytes.length > inode.size) resize(inode, position + bytes.length);
  bytes.copy(inode.bytes, position);
}

function applyTo(inode: Inode, op: { position: number; bytes: Buffer } | { truncate: number }): void {
  if ('truncate' in op) resize(inode, op.truncate);
  else put(inode, op.position, op.bytes);
}

function applyName(names: Map<string, Inode>, change: NameChange): void {
  if ('set' in change) names.set(change.set, change.inode);
  else names.delete(change.remove);
}
