import { laneConfig } from '../lane.config.ts';

/** `npm run test:docs`. */
export default laneConfig('docs');
