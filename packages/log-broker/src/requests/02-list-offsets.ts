import type { Broker } from '../broker.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { ListOffsets } from '../wire/generated/list-offsets.ts';
import type {
  ListOffsetsPartition,
  ListOffsetsPartitionResponse,
  ListOffsetsResponse,
} from '../wire/generated/list-offsets.ts';
import { eachInSteps } from '../turns.ts';
import { checkLeaderEpoch } from './01-fetch.ts';
import { defineRequest } from './define-request.ts';

// Versions 1 to 7: 7 adds the offset of the newest timestamp (KIP-734); from 8 on there are questions about tiered storage.

const LATEST = -1;
const EARLIEST = -2;
const NEWEST_TIMESTAMP = -3;
const READ_COMMITTED = 1;
const NOTHING_FOUND = -1;

export const listOffsets = defineRequest(ListOffsets, [1, 7], function* ({ topics, isolationLevel }, { broker }) {
  const found: ListOffsetsResponse['topics'] = [];
  for (const { name, partitions } of topics) {
    const offsetOf = (wanted: ListOffsetsPartition) => find(broker, name, wanted, isolationLevel);
    found.push({ name, partitions: yield* eachInSteps(partitions, offsetOf) });
  }
  return { topics: found };
});

function find(
  broker: Broker,
  topic: string,
  { partitionIndex, timestamp, currentLeaderEpoch }: ListOffsetsPartition,
  isolationLevel: number,
): ListOffsetsPartitionResponse {
  const log = broker.topics.partition(topic, partitionIndex);
  const errorCode = log ? checkLeaderEpoch(log, currentLeaderEpoch) : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  const found = (offset: number, at = NOTHING_FOUND) => ({
    partitionIndex,
    errorCode,
    offset,
    timestamp: at,
    leaderEpoch: offset === NOTHING_FOUND ? -1 : (log?.leaderEpoch ?? -1),
  });
  if (!log || errorCode !== ErrorCode.NONE) return found(NOTHING_FOUND);
  const end = isolationLevel === READ_COMMITTED ? log.lastStableOffset : log.highWatermark;
  if (timestamp === LATEST) return found(end);
  if (timestamp === EARLIEST) return found(log.startOffset);
  const record = timestamp === NEWEST_TIMESTAMP ? log.newestRecord() : log.firstRecordAtOrAfter(timestamp);
  return record && record.offset < end ? found(record.offset, record.timestamp) : found(NOTHING_FOUND);
}
