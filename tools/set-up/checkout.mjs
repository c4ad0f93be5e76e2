import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const CHECKOUT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** What can be made again; npm takes it away with node_modules, and then it has to be. */
export const CACHE = join(CHECKOUT, 'node_modules', '.cache', 'event-bus');
