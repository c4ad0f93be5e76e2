import { mergeConfig } from 'vitest/config';
import { laneConfig } from '../lane.config.ts';

/** `npm run test:packages`. */
export default mergeConfig(laneConfig('packages'), {
  test: { globalSetup: ['./tools/test/postgres-for-tests.ts'] },
});
