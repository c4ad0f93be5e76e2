import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CHECKOUT } from '../../tools/stack/spawn-node.ts';
import { alternate, atMostValue } from '../harness/bench.ts';
import type { Bench, BenchContext, Line } from '../harness/bench.ts';
import type { Figure } from '../harness/statistics.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const SECONDS_MAX = 3;
const CACHE = join(CHECKOUT, 'node_modules', '.cache');

/** What a user waits for after the install. */
export const start: Bench = {
  name: 'start',
  title: 'npm start to the first mail',
  method:
    'From the command `npm start` to the first mail in the mail server, as its summary reports it. Installed and built. The first ' +
    'start has an empty data folder, and copies the 2,000 files of a database cluster there; the second has the data of the first. ' +
    'The folder lies in the checkout, as that of a user does.',
  async run(context) {
    const { start: figures } = await alternate(
      { ...context, rounds: context.quick ? 1 : 5 },
      { start: async () => startTwice(context) },
    );
    const line = (what: string, figure: Figure): Line => ({
      what,
      side: 'ours',
      figure,
      unit: 's',
      targets: [atMostValue(SECONDS_MAX, figure, 's')],
    });
    return [
      line('npm start → first mail, without data', figures['first']!),
      line('npm start → first mail, with data', figures['second']!),
    ];
  },
};

async function startTwice({ atEnd }: BenchContext): Promise<Record<'first' | 'second', number>> {
  const folder = temporaryFolder(CACHE);
  // Not before: for minutes ext4 passes over each inode of a file that was deleted, and the copy of the next round takes a second longer.
  atEnd(async () => folder.remove());
  return { first: await secondsToFirstMail(folder.path), second: await secondsToFirstMail(folder.path) };
}

async function secondsToFirstMail(dataFolder: string): Promise<number> {
  const { stdout } = await promisify(execFile)('npm', [
    'start',
    '--',
    '--once',
    '--ports',
    'free',
    '--data',
    dataFolder,
  ]);
  const [, seconds] = /first mail ([\d.]+) s after the command/.exec(stdout) ?? [];
  if (seconds === undefined) throw new Error(`npm start did not report its first mail:\n${stdout}`);
  return Number(seconds);
}
