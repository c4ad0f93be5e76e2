#!/usr/bin/env node
/**
 * Finds what is wrong with a machine, and how to fix it: `npm run doctor`, with `-- --json` for programs.
 *
 * It has to work where nothing else does, so it runs on any Node from 20 on, with nothing installed. What only the pinned
 * Node can check is a second part, which runs when that Node does.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { findIncompleteEntries } from './lockfile/find-incomplete-entries.mjs';
import { CHECKOUT } from './set-up/checkout.mjs';
import { isInstalledAsLocked } from './set-up/install-when-needed.mjs';
import { comparePinnedNode } from './set-up/pinned-node.mjs';

/** @typedef {{check: string, state: 'fine' | 'note' | 'problem', finding: string, remedy?: string}} Finding */

/** The oldest Node that `engines` allows for npm. */
const OLDEST_NODE = 20;

/** Installed packages, builds and a first run take about one. */
const DISK_BYTES_MIN = 2_000_000_000;

const SCRIPTS_REMEDY = 'Let them run for this project: npm rebuild --ignore-scripts=false';

/** @type {Finding[]} */
const findings = [];
lookAtOwnNode();
lookAtLockfile();
const isInstalled = lookAtInstallation();
const pinnedNodeRuns = lookAtInstallScripts(isInstalled);
lookAtDisk();
lookWithPinnedNode(pinnedNodeRuns);

const problems = findings.filter(({ state }) => state === 'problem');
if (process.argv.includes('--json')) console.log(JSON.stringify({ healthy: problems.length === 0, findings }, null, 2));
else print();
process.exitCode = problems.length === 0 ? 0 : 1;

/** @param {Finding} finding */
function add(finding) {
  findings.push(finding);
}

function lookAtOwnNode() {
  const major = Number(process.versions.node.split('.')[0]);
  add({
    check: 'Node on this machine',
    state: major >= OLDEST_NODE ? 'fine' : 'problem',
    finding: `${process.version}${major >= OLDEST_NODE ? '' : `, older than ${OLDEST_NODE}`}`,
    remedy: `Install Node ${OLDEST_NODE} or newer; the packages bring the version that the project runs on.`,
  });
}

function lookAtLockfile() {
  const lockfile = JSON.parse(readFileSync(join(CHECKOUT, 'package-lock.json'), 'utf8'));
  const incomplete = findIncompleteEntries(lockfile);
  add({
    check: 'lockfile',
    state: incomplete.length === 0 ? 'fine' : 'problem',
    finding: incomplete.length === 0 ? 'has entries for every platform' : incomplete.join(', '),
    remedy: 'npm ci rejects it. Restore the last good one: git checkout package-lock.json',
  });
}

function lookAtInstallation() {
  const isThere = existsSync(join(CHECKOUT, 'node_modules'));
  const isCurrent = isThere && isInstalledAsLocked();
  add({
    check: 'packages',
    state: isCurrent ? 'fine' : 'note',
    finding: isCurrent ? 'installed as locked' : isThere ? 'not those of the lockfile' : 'not installed yet',
    remedy: '`npm start` and `npm test` install by themselves; so does npm ci.',
  });
  return isThere;
}

/** @param {boolean} packagesAreThere */
function lookAtInstallScripts(packagesAreThere) {
  const { allowScripts = {} } = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8'));
  const ignored = outputOfNpm('config', 'get', 'ignore-scripts') === 'true';
  const refused = ['node'].filter((name) => allowScripts[name] !== true);
  add({
    check: 'install scripts',
    state: ignored || refused.length > 0 ? 'problem' : 'fine',
    finding: ignored
      ? 'npm ignores them (ignore-scripts=true)'
      : refused.length > 0
        ? `package.json does not allow those of ${refused.join(', ')}, and npm 12 requires that`
        : `allowed, npm ${outputOfNpm('--version') ?? 'unknown'}`,
    remedy: `They bring the pinned Node and PostgreSQL's libraries. ${SCRIPTS_REMEDY}`,
  });

  const { expected, found } = comparePinnedNode();
  const runs = found === expected;
  add({
    check: 'pinned Node',
    state: runs ? 'fine' : packagesAreThere ? 'problem' : 'note',
    finding: runs
      ? `${found} runs`
      : found === undefined
        ? `${expected} is missing`
        : `${found} runs instead of ${expected}`,
    remedy: packagesAreThere ? SCRIPTS_REMEDY : 'It comes with the packages.',
  });
  return runs;
}

function lookAtDisk() {
  const { bavail, bsize } = statfsSync(CHECKOUT);
  const free = bavail * bsize;
  add({
    check: 'disk',
    state: free >= DISK_BYTES_MIN ? 'fine' : 'problem',
    finding: `${(free / 1e9).toFixed(1)} GB free`,
    remedy: `Free some space: ${DISK_BYTES_MIN / 1e9} GB are needed on the disk of this checkout.`,
  });
}

/** @param {boolean} runs */
function lookWithPinnedNode(runs) {
  if (!runs) {
    const finding = 'not checked, which needs the pinned Node';
    add({ check: 'PostgreSQL, ports', state: 'note', finding, remedy: 'Fix the problems above, then run it again.' });
    return;
  }
  const node = join(CHECKOUT, 'node_modules', '.bin', 'node');
  try {
    const output = execFileSync(node, [join(CHECKOUT, 'tools', 'doctor', 'look-closer.ts')], { encoding: 'utf8' });
    findings.push(.../** @type {Finding[]} */ (JSON.parse(output)));
  } catch (error) {
    const finding = /** @type {Error} */ (error).message;
    add({ check: 'PostgreSQL, ports', state: 'problem', finding, remedy: 'Packages may be missing: npm ci' });
  }
}

/** @param {string[]} question */
function outputOfNpm(...question) {
  try {
    return execFileSync('npm', question, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      cwd: CHECKOUT,
    }).trim();
  } catch {
    return undefined;
  }
}

function print() {
  const sign = { fine: '✓', note: '·', problem: '✗' };
  const width = Math.max(...findings.map(({ check }) => check.length));
  for (const { check, state, finding, remedy } of findings) {
    console.log(`${sign[state]} ${check.padEnd(width)}  ${finding}`);
    if (state !== 'fine' && remedy !== undefined) console.log(`  ${' '.repeat(width)}  ${remedy}`);
  }
  console.log(
    problems.length === 0
      ? '\nNo problems found.'
      : `\n${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} to fix.`,
  );
}
