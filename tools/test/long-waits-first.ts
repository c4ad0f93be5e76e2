import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/** Small files that wait for minutes. */
const LONG_WAITS = ['lab/sabotage.int.spec.ts', 'src/outbox/cut-off-instance.int.spec.ts'];

/**
 * Without the durations of an earlier run Vitest begins with the largest files. What waits for long would then begin near
 * the end, and all workers but one would have nothing left to do.
 */
export default class LongWaitsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { first = [], then = [] } = Object.groupBy(await super.sort(files), ({ moduleId }) =>
      LONG_WAITS.some((path) => moduleId.endsWith(path)) ? 'first' : 'then',
    );
    return [...first, ...then];
  }
}
