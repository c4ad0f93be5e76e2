#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';
import v8 from 'node:v8';

// In the repository the sources are beside this file, and Node runs them as they are. An installed package holds what is
// compiled from them: Node strips no types from files in node_modules.
const source = new URL('../src/cli.ts', import.meta.url);
const runsSource = existsSync(source);

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isOld = major < 22 || (major === 22 && minor < 18);

if (isOld || (runsSource && !process.features.typescript)) {
  process.stderr.write(
    `log-broker needs Node 22.18 or newer, and this is ${process.version}: get it from https://nodejs.org/en/download, ` +
      'or in a checkout of the repository start it with node_modules/.bin/node.\n',
  );
  process.exitCode = 1;
} else {
  // This file is JavaScript and enables the cache first: when the other files are cached, Node need not load what strips
  // types, which is half of the start-up time.
  module.enableCompileCache();
  // The young generation stays as small as it is at the start. It would become three times 16 MB with many clients, and be no faster:
  // the large buffers, which are most of what a request leaves behind, are freed without the collector.
  v8.setFlagsFromString('--semi-space-growth-factor=1');
  // The collector runs when the heap has grown by 30 %, instead of by up to four times: with thousands of waiting requests that is
  // 30 MB less, at the same processor time for each record.
  v8.setFlagsFromString('--heap-growing-percent=30');
  // Output that cannot be written, as on a full disk, must not end the process.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const { runCli } = await import(runsSource ? source.href : '../dist/cli.js');
  await runCli(process.argv.slice(2), process.env, {
    print: (line) => process.stdout.write(`${line}\n`),
    printError: (line) => process.stderr.write(`${line}\n`),
  });
}
