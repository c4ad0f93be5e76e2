import { defineConfig } from 'vitest/config';
import { laneConfig } from '../lane.config.ts';

/** `npm run test:cluster`. */
export default defineConfig(laneConfig('cluster'));
