import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const CHECKOUT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** A cache, which npm deletes together with node_modules. */
export const CACHE = join(CHECKOUT, 'node_modules', '.cache', 'event-bus');

/** Node's compile cache. */
export const COMPILED = join(CACHE, 'compiled');
