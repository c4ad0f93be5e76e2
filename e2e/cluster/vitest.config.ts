import { defineConfig } from 'vitest/config';
import { containersConfig } from '../containers.config.ts';

/** `npm run test:cluster`. */
export default defineConfig(containersConfig('cluster'));
