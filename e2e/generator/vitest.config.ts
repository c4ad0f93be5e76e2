import { mergeConfig } from 'vitest/config';
import { laneConfig } from '../lane.config.ts';

/** Every check and a build of everything, beside whatever else the machine does. */
const TIMEOUT_MS = 1_800_000;

/** `npm run test:generator`. */
export default mergeConfig(laneConfig('generator'), { test: { testTimeout: TIMEOUT_MS, hookTimeout: TIMEOUT_MS } });
