import { execFileSync } from 'node:child_process';

/** The account that runs PostgreSQL where it cannot be our own. */
export interface PostgresUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root, so root lends it an account: the one that a packaged PostgreSQL would use, else
 * the one for processes that own nothing. initdb looks its user up by number, so an invented one would not do.
 */
const ACCOUNTS = ['postgres', '_postgres', 'nobody'];

/** Who will run PostgreSQL; undefined stands for ourselves. */
export function choosePostgresUser(): PostgresUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ACCOUNTS) {
    const uid = askId('-u', name);
    const gid = askId('-g', name);
    if (uid !== undefined && gid !== undefined && uid !== 0) return { name, uid, gid };
  }
  throw new Error(
    `PostgreSQL does not run as root and none of the users ${ACCOUNTS.join(', ')} exists here. ` +
      'Make one (useradd --system postgres), or run as an ordinary user.',
  );
}

/** How a child is spawned as that user; `/` because a process fails in a current folder that its user cannot enter. */
export function asUser(user: PostgresUser | undefined): { uid?: number; gid?: number; cwd: string } {
  return user === undefined ? { cwd: '/' } : { uid: user.uid, gid: user.gid, cwd: '/' };
}

function askId(flag: '-u' | '-g', name: string): number | undefined {
  try {
    return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return undefined;
  }
}
