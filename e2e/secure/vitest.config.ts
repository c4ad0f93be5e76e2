import { defineConfig } from 'vitest/config';
import { laneConfig } from '../lane.config.ts';

/** `npm run test:secure`. */
export default defineConfig(laneConfig('secure'));
