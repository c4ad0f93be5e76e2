import type { Broker } from '../broker.ts';
import { eachInSteps } from '../turns.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { DeleteRecords } from '../wire/generated/delete-records.ts';
import type { DeleteRecordsResponse } from '../wire/generated/delete-records.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 2. Records before the given offset can no longer be read; whole segments before it are deleted.

const UP_TO_HIGH_WATERMARK = -1;

export const deleteRecords = defineRequest(DeleteRecords, [0, 2], function* (request, { broker }) {
  const topics: DeleteRecordsResponse['topics'] = [];
  for (const { name, partitions } of request.topics) {
    const deleted = yield* eachInSteps(partitions, ({ partitionIndex, offset }) => ({
      partitionIndex,
      ...deleteBefore(broker, name, partitionIndex, offset),
    }));
    topics.push({ name, partitions: deleted });
  }
  return broker.logs.saveStartOffsets().then(() => ({ topics }));
});

function deleteBefore(broker: Broker, topic: string, partition: number, wanted: number) {
  const refused = (errorCode: number) => ({ lowWatermark: -1, errorCode });
  const known = broker.topics.get(topic);
  const log = known?.partitions[partition];
  if (!log) return refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  if (known.isInternal) return refused(ErrorCode.INVALID_TOPIC_EXCEPTION);
  if (!log.config.cleanupPolicy.includes('delete')) return refused(ErrorCode.POLICY_VIOLATION);
  const offset = wanted === UP_TO_HIGH_WATERMARK ? log.highWatermark : wanted;
  if (offset < 0 || offset > log.highWatermark) return refused(ErrorCode.OFFSET_OUT_OF_RANGE);
  log.advanceStart(offset);
  return { lowWatermark: log.startOffset, errorCode: ErrorCode.NONE };
}
