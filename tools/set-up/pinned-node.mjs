import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './checkout.mjs';
import { Problem } from './problem.mjs';

const BINARY = join(CHECKOUT, 'node_modules', '.bin', 'node');
const PACKAGE = join(CHECKOUT, 'node_modules', 'node', 'package.json');

const REMEDY =
  'Its install script has not run: npm ignores scripts (see `npm config get ignore-scripts`) or did not ' +
  'approve them. Run: npm rebuild --ignore-scripts=false';

/** @returns {string} the path of the Node that this repository is written for */
export function requirePinnedNode() {
  const { expected, found } = comparePinnedNode();
  if (found !== expected) {
    const what = found === undefined ? 'is not there' : `runs ${found}`;
    throw new Problem(`the pinned Node ${expected} is not what node_modules/.bin/node ${what}`, REMEDY);
  }
  return BINARY;
}

/**
 * Runs the binary itself: without its install script the package is there, and another Node runs instead.
 * @returns {{expected: string, found: string | undefined}}
 */
export function comparePinnedNode() {
  const root = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8'));
  const version = existsSync(PACKAGE) ? JSON.parse(readFileSync(PACKAGE, 'utf8')).version : root.devDependencies.node;
  let found;
  try {
    found = execFileSync(BINARY, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    // Not there, or not for this machine.
  }
  return { expected: `v${version}`, found };
}
