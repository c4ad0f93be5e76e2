import { defineConfig } from 'vitest/config';
import { containersConfig } from '../containers.config.ts';

/** `npm run test:secure`. */
export default defineConfig(containersConfig('secure'));
