import type { KillPoint } from '../kill-point.ts';

/** How a watcher reports that a point is passed. `lastWords` are done by the process that dies there. */
export type Passes = (point: KillPoint, lastWords?: () => void) => void;

/** Whether the operation that passes this point must never end. */
export type Hangs = (point: KillPoint) => boolean;
