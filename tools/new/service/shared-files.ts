import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../../set-up/problem.mjs';

export const LOCKFILE = 'package-lock.json';
export const RETENTION = 'docs/retention.md';

/** What `npm run generate` and `npm run contracts -- accept` write when a service is new or removed. */
export const GENERATED = [
  ...['contracts/', 'deploy/', 'infra/', '.devcontainer/', 'docs/events.md', 'docs/metrics.md'],
  ...['ARCHITECTURE.md', 'README.md', 'README.ko.md', 'docker-compose.yml', '.env.example'],
];

interface Lockfile {
  packages: Record<string, { readonly version?: string }>;
}

/** The lockfile as npm writes it with one more workspace: no version is looked up, because other apps have all of them. */
export function addToLockfile(root: string, name: string, manifest: Readonly<Record<string, unknown>>): string {
  const { version, license, dependencies, devDependencies } = manifest;
  const folder = { name: manifest['name'], version, license, dependencies, devDependencies };
  return changeLockfile(root, (entries) => {
    insert(entries, 'apps/', `apps/${name}`, folder);
    const scope = 'node_modules/@event-bus/';
    insert(entries, scope, `${scope}${name}`, { resolved: `apps/${name}`, link: true });
  });
}

export function removeFromLockfile(root: string, name: string): string {
  return changeLockfile(root, (entries) => {
    const isOfService = (path: string): boolean =>
      [`apps/${name}`, `node_modules/@event-bus/${name}`].includes(path) || path.startsWith(`apps/${name}/`);
    const left = entries.filter(([path]) => !isOfService(path));
    entries.splice(0, entries.length, ...left);
  });
}

/** The versions that are installed of these packages. @throws Problem when one is not */
export function versionsIn(root: string, names: readonly string[]): Record<string, string> {
  const { packages } = JSON.parse(readFileSync(join(root, LOCKFILE), 'utf8')) as Lockfile;
  return Object.fromEntries(
    names.map((name) => {
      const version = packages[`node_modules/${name}`]?.version;
      if (version === undefined) throw new Problem(`${LOCKFILE} has no ${name}`, `Install it: npm install ${name}`);
      return [name, version];
    }),
  );
}

type Entries = [path: string, entry: unknown][];

function changeLockfile(root: string, change: (entries: Entries) => void): string {
  const lockfile = JSON.parse(readFileSync(join(root, LOCKFILE), 'utf8')) as Lockfile;
  const entries = Object.entries(lockfile.packages);
  change(entries);
  return `${JSON.stringify({ ...lockfile, packages: Object.fromEntries(entries) }, null, 2)}\n`;
}

/** In the alphabetical order of the entries that begin alike. */
function insert(entries: Entries, beginning: string, path: string, entry: unknown): void {
  const after = entries.findLastIndex(([one]) => one.startsWith(beginning) && one < path);
  entries.splice(after + 1, 0, [path, entry]);
}

function rowOf(table: string, service: string): string {
  return `| \`${table}\` | business data of ${service} | for ever | – | – |\n`;
}

export function addToRetention(root: string, table: string, service: string): string {
  return `${readFileSync(join(root, RETENTION), 'utf8')}${rowOf(table, service)}`;
}

/** A row that was edited since stays, and the spec of the page names it. */
export function removeFromRetention(root: string, table: string, service: string): string {
  return readFileSync(join(root, RETENTION), 'utf8').replace(rowOf(table, service), '');
}
