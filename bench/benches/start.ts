import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { alternate, atMostValue } from '../harness/bench.ts';
import type { Bench } from '../harness/bench.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const SECONDS_MAX = 3;

/** What a user waits for after the install. */
export const start: Bench = {
  name: 'start',
  title: 'npm start to the first mail',
  method:
    'From the command `npm start` to the first mail in the mail server, as its summary reports it. Installed and built, and ' +
    'with an empty data folder each time.',
  async run(context) {
    const { start: figures } = await alternate(
      { ...context, rounds: context.quick ? 1 : 5 },
      { start: async () => ({ seconds: await secondsToFirstMail() }) },
    );
    const figure = figures['seconds']!;
    return [
      {
        what: 'npm start → first mail',
        side: 'ours',
        figure,
        unit: 's',
        targets: [atMostValue(SECONDS_MAX, figure, 's')],
      },
    ];
  },
};

async function secondsToFirstMail(): Promise<number> {
  const folder = temporaryFolder();
  try {
    const command = ['start', '--', '--once', '--ports', 'free', '--data', folder.path];
    const { stdout } = await promisify(execFile)('npm', command);
    const [, seconds] = /first mail ([\d.]+) s after the command/.exec(stdout) ?? [];
    if (seconds === undefined) throw new Error(`npm start did not report its first mail:\n${stdout}`);
    return Number(seconds);
  } finally {
    folder.remove();
  }
}
