#!/usr/bin/env node
import module from 'node:module';

// Everything else is TypeScript, which this Node has to run as it is.
if (process.features.typescript) {
  // JavaScript, and the cache first: what strips types need not even be loaded when the other files are in the cache.
  // That is half the start-up time.
  module.enableCompileCache();
  // What cannot be printed, as on a full disk, is no reason to end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const { runCli } = await import('./cli.ts');
  await runCli(process.argv.slice(2), process.env, {
    print: (line) => process.stdout.write(`${line}\n`),
    printError: (line) => process.stderr.write(`${line}\n`),
  });
} else {
  process.stderr.write(
    `log-broker needs Node 22.18 or newer, and this is ${process.version}: get it from https://nodejs.org/en/download, ` +
      'or in a checkout of the repository start it with node_modules/.bin/node.\n',
  );
  process.exitCode = 1;
}
