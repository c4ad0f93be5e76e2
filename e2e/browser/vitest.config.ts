import { defineConfig } from 'vitest/config';
import { laneConfig } from '../lane.config.ts';

/** `npm run test:browser`. */
export default defineConfig(laneConfig('browser'));
