#!/usr/bin/env node
import module from 'node:module';

// Compiled code is kept between starts, so that types are stripped once and not every time: half the start-up time.
module.enableCompileCache();
const { runCli } = await import('./cli.ts');

await runCli(process.argv.slice(2), process.env, {
  print: (line) => console.log(line),
  printError: (line) => console.error(line),
});
