import { runInScope } from '../../observe/scope.ts';
import type { Stage } from '../stage.ts';

/**
 * Everything that an attempt does belongs to the record's trace, and its log lines name the record. Both are made
 * only when they are used.
 */
export const trace: Stage = {
  run: (delivery, next) => runInScope(delivery, () => next(delivery)),
};
