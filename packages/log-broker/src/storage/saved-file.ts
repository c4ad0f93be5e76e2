import { atOnce, inTurns } from '../turns.ts';
import type { Steps } from '../turns.ts';
import type { FileSystem } from './file-system.ts';

/** A change of the content, and how to undo it when the write fails. */
export interface Edit {
  apply(): void;
  undo(): void;
}

interface WaitingEdit {
  readonly edit: Edit | undefined;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * A file that is replaced whole with each change, without blocking the thread: changes that arrive during a write share the
 * next write and its sync.
 */
export class SavedFile {
  private readonly files: FileSystem;
  private readonly path: string;
  private readonly content: () => Steps<string>;
  private waiting: WaitingEdit[] = [];
  private writing: Promise<void> | undefined;
  private isClosed = false;
  private version = 0;

  /** `content` returns the current content. */
  constructor(files: FileSystem, path: string, content: () => Steps<string>) {
    this.files = files;
    this.path = path;
    this.content = content;
  }

  /** Resolves when the change is on the disk. Rejects when the write failed; then the change has been undone. */
  save(edit?: Edit): Promise<void> {
    if (this.isClosed) return Promise.reject(new Error(`${this.path} is closed`));
    return new Promise((resolve, reject) => {
      this.waiting.push({ edit, resolve, reject });
      this.writing ??= this.writeAll();
    });
  }

  /**
   * Refuses further changes, except those of `saveNow`. Resolves when the last one is written: from then on another process
   * may own the file.
   */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.writing;
  }

  /** As `save`, synchronously: for rare changes that cannot wait. @throws when the write fails */
  saveNow(edit?: Edit): void {
    edit?.apply();
    this.version++;
    try {
      this.files.replaceFile(this.path, atOnce(this.content()), true);
    } catch (error) {
      edit?.undo();
      throw error;
    }
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0) await this.write(this.waiting.splice(0));
    this.writing = undefined;
  }

  private async write(round: readonly WaitingEdit[]): Promise<void> {
    for (const { edit } of round) edit?.apply();
    try {
      let isWritten = false;
      while (!isWritten) {
        const { version } = this;
        const content = await inTurns(this.content());
        // False when `saveNow` has written a newer state meanwhile.
        isWritten = await this.files.replaceFileLater(this.path, content, () => version === this.version);
      }
    } catch (error) {
      for (const { edit } of round.toReversed()) edit?.undo();
      for (const { reject } of round) reject(error);
      return;
    }
    for (const { resolve } of round) resolve();
  }
}
