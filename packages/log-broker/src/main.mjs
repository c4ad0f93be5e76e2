#!/usr/bin/env node
import module from 'node:module';

// Everything else is TypeScript, which this Node has to run directly.
if (process.features.typescript) {
  // This file is JavaScript and enables the cache first: when the other files are cached, Node need not load what strips
  // types, which is half of the start-up time.
  module.enableCompileCache();
  // Output that cannot be written, as on a full disk, must not end the process.
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
