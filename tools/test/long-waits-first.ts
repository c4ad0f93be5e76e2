import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/** Files that take longest, most of it waiting, the longest first. */
const LONG_WAITS = [
  'lab/sabotage.int.spec.ts',
  'src/outbox/cut-off-instance.int.spec.ts',
  'src/kafka/driver.int.spec.ts',
  'src/bus.int.spec.ts',
  'src/consume/handler-timeouts.int.spec.ts',
  'web/views.int.spec.ts',
  'src/undecodable-batches.int.spec.ts',
  'src/metrics/consumer-lag.int.spec.ts',
  'src/parking/parking.int.spec.ts',
  'src/outbox/outbox.int.spec.ts',
  'src/observe/event-loop-watch.int.spec.ts',
];

/**
 * Without the durations of an earlier run Vitest begins with the largest files. What waits for long would then begin near
 * the end, and all workers but one would have nothing left to do.
 */
export default class LongWaitsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = ({ moduleId }: TestSpecification): number => {
      const at = LONG_WAITS.findIndex((path) => moduleId.endsWith(path));
      return at === -1 ? LONG_WAITS.length : at;
    };
    return sorted.toSorted((one, other) => place(one) - place(other));
  }
}
