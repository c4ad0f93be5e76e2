#!/usr/bin/env node
import module from 'node:module';

// JavaScript, and the cache first: what strips types need not even be loaded when the other files are in the cache. That
// is half the start-up time.
module.enableCompileCache();
const { runCli } = await import('./cli.ts');

await runCli(process.argv.slice(2), process.env, {
  print: (line) => process.stdout.write(`${line}\n`),
  printError: (line) => process.stderr.write(`${line}\n`),
});
