import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The running processes, for tools that inspect or end them. */
export interface StackFile {
  readonly version: 1;
  /** Only what has a process at this moment: a part that has died is back in the list when it is back. */
  readonly parts: readonly StackFilePart[];
  /** Of `npm start` alone. */
  readonly control?: StackFileControl;
  /** Settings with which tools reach the broker, by the names that they have for services. */
  readonly broker?: Readonly<Record<string, string>>;
}

/** Where parts can be broken, and what every request there has to send. */
export interface StackFileControl {
  readonly address: string;
  readonly token: string;
}

export interface StackFilePart {
  readonly name: string;
  readonly pid: number;
  readonly address: string;
  /** Where its admin endpoints are, if it has some. */
  readonly admin?: string;
}

const FILE = 'stack.json';

/** No other user of the machine can read the token and the password. */
const OWNER_ONLY = 0o600;

/** Written beside and renamed, so that a reader sees the one or the other and never half of it. */
export function writeStackFile(dataFolder: string, content: Omit<StackFile, 'version'>): void {
  const path = join(dataFolder, FILE);
  const file: StackFile = { version: 1, ...content };
  // The mode counts only for a file that is created.
  rmSync(`${path}.new`, { force: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(file, null, 2)}\n`, { mode: OWNER_ONLY });
  renameSync(`${path}.new`, path);
}

export function readStackFile(dataFolder: string): StackFile {
  try {
    return JSON.parse(readFileSync(join(dataFolder, FILE), 'utf8')) as StackFile;
  } catch {
    return { version: 1, parts: [] };
  }
}
