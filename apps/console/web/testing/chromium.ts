import { existsSync } from 'node:fs';

/** Debian's and Fedora's names, and what `CHROMIUM` says. Undefined: this machine has none, and browser specs are skipped by name. */
export const CHROMIUM = [
  process.env['CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== '' && existsSync(path));
