import { join } from 'node:path';
import { USER_FILE_NAME_MAX } from '../limits.ts';
import type { FileSystem } from '../storage/file-system.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { SCRAM_MECHANISMS } from './scram.ts';
import type { ScramCredential, ScramMechanism } from './scram.ts';

const SUFFIX = '.json';

export type Credentials = Readonly<Partial<Record<ScramMechanism, ScramCredential>>>;

interface StoredUser {
  readonly name: string;
  readonly credentials: Readonly<Partial<Record<ScramMechanism, Record<keyof ScramCredential, string | number>>>>;
}

/**
 * The users and what is stored of their passwords: a file for each in `users/`, replaced in one step, and read at each login.
 * So the command `log-broker users` and a running broker can both change them, without a lock and without a restart.
 */
export class UserStore {
  private readonly files: FileSystem;
  private readonly folder: string;

  constructor(files: FileSystem, data: string) {
    this.files = files;
    this.folder = join(data, 'users');
  }

  names(): string[] {
    const files = this.files.list(this.folder).filter((file) => file.endsWith(SUFFIX));
    return files.map((file) => decodeURIComponent(file.slice(0, -SUFFIX.length))).toSorted();
  }

  /** Empty for a user that does not exist. */
  credentials(name: string): Credentials {
    const content = isUserName(name) ? this.files.readFile(this.path(name)) : undefined;
    if (!content) return {};
    const { credentials } = JSON.parse(content.toString('utf8')) as StoredUser;
    return Object.fromEntries(
      mechanismsOf(credentials).map((mechanism) => {
        const { salt, iterations, storedKey, serverKey } = credentials[mechanism]!;
        const [saltBytes, stored, server] = [salt, storedKey, serverKey].map((text) =>
          Buffer.from(String(text), 'base64'),
        );
        return [mechanism, { salt: saltBytes, iterations: Number(iterations), storedKey: stored, serverKey: server }];
      }),
    );
  }

  /**
   * Replaces all credentials of a user; without any the user is removed.
   *
   * @throws {KafkaError} UNACCEPTABLE_CREDENTIAL for a name that is empty or too long
   */
  replace(name: string, credentials: Credentials): void {
    if (!isUserName(name)) {
      throw new KafkaError(
        ErrorCode.UNACCEPTABLE_CREDENTIAL,
        name === '' ? 'Username must not be empty' : 'Username is too long',
      );
    }
    const mechanisms = mechanismsOf(credentials);
    if (mechanisms.length === 0) {
      this.files.removeFile(this.path(name));
      if (this.files.exists(this.folder)) this.files.syncDirectory(this.folder);
      return;
    }
    const stored = mechanisms.map((mechanism) => {
      const { iterations, ...keys } = credentials[mechanism]!;
      const texts = Object.entries(keys).map(([key, bytes]) => [key, bytes.toString('base64')]);
      return [mechanism, { iterations, ...Object.fromEntries(texts) }];
    });
    this.write(this.path(name), JSON.stringify({ name, credentials: Object.fromEntries(stored) }));
  }

  /** As `replaceFile`, with a temporary file of this process: another process may be writing, too. */
  private write(path: string, content: string): void {
    this.files.makeDirectory(this.folder, 'private');
    const file = this.files.open(`${path}.${process.pid}.tmp`);
    file.truncate(0);
    file.write([Buffer.from(content)], 0);
    file.syncNow();
    file.close();
    this.files.rename(file.path, path);
    this.files.syncDirectory(this.folder);
  }

  private path(name: string): string {
    return join(this.folder, fileNameOf(name));
  }
}

export function mechanismsOf(credentials: Readonly<Partial<Record<ScramMechanism, unknown>>>): ScramMechanism[] {
  const all = Object.keys(SCRAM_MECHANISMS) as ScramMechanism[];
  return all.filter((mechanism) => credentials[mechanism] !== undefined);
}

function isUserName(name: string): boolean {
  return name !== '' && fileNameOf(name).length <= USER_FILE_NAME_MAX;
}

/** Everything but small letters, digits, `-` and `_` is escaped: some file systems ignore the case of letters. */
function fileNameOf(name: string): string {
  const bytes = [...Buffer.from(name)].map((byte) => {
    const character = String.fromCharCode(byte);
    return /[a-z0-9_-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
  });
  return bytes.join('') + SUFFIX;
}
