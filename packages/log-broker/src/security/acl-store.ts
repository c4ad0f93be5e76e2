import { join } from 'node:path';
import { ACLS_MAX } from '../limits.ts';
import type { FileSystem } from '../storage/file-system.ts';
import { SavedFile } from '../storage/saved-file.ts';
import type { Steps } from '../turns.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { aclKey } from './acl.ts';
import type { Acl } from './acl.ts';

const ACLS_FILE = 'acls.json';

/** The access control entries, in a file that is replaced whole. A change is effective when it is on the disk. */
export class AclStore {
  private readonly acls = new Map<string, Acl>();
  private readonly file: SavedFile;
  private readonly onChange: (acls: readonly Acl[]) => void;

  /** `onChange` gets the entries that are valid, now and after each change. */
  constructor(files: FileSystem, data: string, onChange: (acls: readonly Acl[]) => void) {
    const path = join(data, ACLS_FILE);
    const content = files.readFile(path)?.toString('utf8');
    const stored = content === undefined ? [] : (JSON.parse(content) as { acls: Acl[] }).acls;
    for (const acl of stored) this.acls.set(aclKey(acl), acl);
    this.onChange = onChange;
    this.file = new SavedFile(files, path, () => this.content());
    onChange(stored);
  }

  all(): Acl[] {
    return [...this.acls.values()];
  }

  /** Resolves when they are stored. @throws {KafkaError} when there are too many, or they cannot be stored */
  async add(acls: readonly Acl[]): Promise<void> {
    const added = acls.filter((acl) => !this.acls.has(aclKey(acl)));
    if (this.acls.size + added.length > ACLS_MAX) {
      throw new KafkaError(ErrorCode.INVALID_REQUEST, `there cannot be more than ${ACLS_MAX} ACLs`);
    }
    await this.change(
      added,
      (acl) => this.acls.set(aclKey(acl), acl),
      (acl) => this.acls.delete(aclKey(acl)),
    );
  }

  async remove(acls: readonly Acl[]): Promise<void> {
    await this.change(
      acls,
      (acl) => this.acls.delete(aclKey(acl)),
      (acl) => this.acls.set(aclKey(acl), acl),
    );
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private async change(acls: readonly Acl[], apply: (acl: Acl) => void, undo: (acl: Acl) => void): Promise<void> {
    if (acls.length === 0) return;
    try {
      await this.file.save({ apply: () => acls.forEach(apply), undo: () => acls.forEach(undo) });
    } catch (error) {
      throw new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, String(error));
    }
    this.onChange(this.all());
  }

  private *content(): Steps<string> {
    yield;
    return JSON.stringify({ acls: this.all() }, null, 1);
  }
}
