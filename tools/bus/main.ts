/** `npm run bus -- <command>`: the operator's command line, documented in `docs/bus.md`. */
import { EXIT } from './problem.ts';
import { runBus } from './run-bus.ts';

const stopped = new AbortController();
process.once('SIGINT', () => stopped.abort());
process.once('SIGTERM', () => stopped.abort());
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader of stdout has closed it, as in `… | head`.
  process.exit(error.code === 'EPIPE' ? EXIT.fine : EXIT.problem);
});

process.exitCode = await runBus(process.argv.slice(2), {
  env: process.env,
  signal: stopped.signal,
  screen: {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY,
  },
});
