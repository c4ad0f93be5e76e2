import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * @typedef {{version?: string, optional?: boolean, link?: boolean, resolved?: string}} LockEntry
 * @typedef {{packages: Record<string, LockEntry>}} Lockfile
 */

/**
 * What npm has listed of the packages that it installed.
 * @param {string} root of the checkout
 * @returns {Lockfile | undefined}
 */
function installedIn(root) {
  const listFile = join(root, 'node_modules', '.package-lock.json');
  return existsSync(listFile) ? JSON.parse(readFileSync(listFile, 'utf8')) : undefined;
}

/**
 * Whether the packages in node_modules are those of the lockfile. Links to workspaces do not count: linkWorkspaces() makes them.
 * @param {string} root of the checkout
 * @param {Lockfile} lockfile
 */
export function isListed(root, { packages }) {
  const installed = installedIn(root);
  if (installed === undefined) return false;
  const asLocked = Object.entries(packages)
    .filter(([path, { link }]) => isInModules(path) && link !== true)
    // What is for another platform is locked and not installed.
    .every(([path, { version, optional }]) => {
      const found = installed.packages[path];
      return found === undefined ? optional === true : found.version === version;
    });
  return (
    asLocked &&
    Object.entries(installed.packages)
      .filter(([path, { link }]) => isInModules(path) && link !== true && workspaceOf(path) in packages)
      .every(([path]) => path in packages)
  );
}

/**
 * Whether the packages in the workspaces' own node_modules are there: a cache or a copy often has only those of the root.
 * @param {string} root of the checkout
 * @param {Lockfile} lockfile
 */
export function workspacesHaveTheirs(root, { packages }) {
  return Object.entries(packages)
    .filter(([path, { optional }]) => isInModules(path) && workspaceOf(path) !== '' && optional !== true)
    .every(([path]) => !existsSync(join(root, workspaceOf(path))) || existsSync(join(root, path)));
}

/**
 * Makes the links in node_modules those of the lockfile, after a workspace was added or removed: npm would install everything again.
 * @param {string} root of the checkout
 * @param {Lockfile} lockfile
 */
export function linkWorkspaces(root, { packages }) {
  const links = [...linksOf(packages), ...linksOf(installedIn(root)?.packages ?? {})];
  const folders = new Set(links.map(([path]) => dirname(path)));
  for (const folder of folders) {
    if (!existsSync(join(root, folder))) continue;
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isSymbolicLink() && packages[path]?.link !== true) unlinkSync(join(root, path));
    }
  }
  addLinks(root, { packages });
}

/**
 * Links the workspaces of the lockfile, beside what is linked already.
 * @param {string} root of the checkout
 * @param {Lockfile} lockfile
 */
export function addLinks(root, { packages }) {
  for (const [path, { resolved = '' }] of linksOf(packages)) {
    const [link, target] = [join(root, path), join(root, resolved)];
    if (!existsSync(target) || (existsSync(link) && realpathSync(link) === realpathSync(target))) continue;
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) unlinkSync(link);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(relative(dirname(link), target), link, 'junction');
  }
}

/** @param {Lockfile['packages']} packages */
function linksOf(packages) {
  return Object.entries(packages).filter(([, { link }]) => link);
}

/** @param {string} path */
function isInModules(path) {
  return path.includes('node_modules/');
}

/**
 * The workspace in whose folder a package is installed; '' is the root.
 * @param {string} path
 */
function workspaceOf(path) {
  return path.slice(0, Math.max(0, path.indexOf('node_modules/') - 1));
}
