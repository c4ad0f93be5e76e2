/** As a program: links the workspaces of the lockfile, beside what is linked already. For `npm run rename`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './checkout.mjs';
import { addLinks } from './installed-packages.mjs';

addLinks(CHECKOUT, JSON.parse(readFileSync(join(CHECKOUT, 'package-lock.json'), 'utf8')));
