import { parseSettings } from './cli-options.ts';
import { Logins, SASL_MECHANISMS } from './security/logins.ts';
import { mechanismsOf, UserStore } from './security/user-store.ts';
import { diskFileSystem } from './storage/disk.ts';

export const USERS_HELP = `log-broker users: who can log in to listeners with SASL. Works beside a running broker, which needs no restart.

  log-broker users add NAME       stores a new user or a new password: the first line of the standard input
  log-broker users remove NAME    open connections of the user stay
  log-broker users list           names, with the mechanisms besides PLAIN

  --data FOLDER
      the data folder of the broker; environment and config file as for the broker itself
  --password-file FILE
      instead of the standard input`;

const PASSWORD_FILE = '--password-file';

export interface UsersTerminal {
  print(line: string): void;
  /** All of a file; of the standard input where there is no path. */
  read(path: string | undefined): string;
}

/** @throws {Error} that says what is wrong with the arguments, or why the change failed */
export async function runUsers(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  terminal: UsersTerminal,
): Promise<void> {
  const [action, ...rest] = args;
  const isNamed = action === 'add' || action === 'remove';
  const name = isNamed ? rest.shift() : undefined;
  if ((!isNamed && action !== 'list') || (isNamed && (name === undefined || name.startsWith('--')))) {
    throw new Error('users add NAME, users remove NAME or users list; users --help explains them');
  }
  const passwordFile = takeOption(rest, PASSWORD_FILE);
  const { settings } = parseSettings(rest, env, (path) => JSON.parse(terminal.read(path)) as unknown);
  const store = new UserStore(diskFileSystem(), String(settings.data));
  if (action === 'list') {
    for (const each of store.names()) terminal.print(`${each}  ${mechanismsOf(store.credentials(each)).join(', ')}`);
    return;
  }
  const isKnown = mechanismsOf(store.credentials(name!)).length > 0;
  if (action === 'remove') {
    if (!isKnown) throw new Error(`there is no user '${name}'`);
    store.replace(name!, {});
    return terminal.print(`removed ${name}`);
  }
  const [password = ''] = terminal.read(passwordFile).split(/\r?\n/);
  await new Logins(store, SASL_MECHANISMS).setPassword(name!, password);
  terminal.print(isKnown ? `changed the password of ${name}` : `added ${name}`);
}

/** Removes an option and its value from the arguments, and returns the value. */
function takeOption(args: string[], option: string): string | undefined {
  const at = args.indexOf(option);
  if (at < 0) return undefined;
  const [, value] = args.splice(at, 2);
  if (value === undefined) throw new Error(`${option} needs a value`);
  return value;
}
