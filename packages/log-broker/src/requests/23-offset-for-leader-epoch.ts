import { LEADER_EPOCH } from '../log/partition-log.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { OffsetForLeaderEpoch } from '../wire/generated/offset-for-leader-epoch.ts';
import { checkLeaderEpoch } from './01-fetch.ts';
import { defineRequest } from './define-request.ts';

// Versions 2 to 4. Consumers ask whether the log was cut behind their back. There is one epoch, so it ends where the log does.

const UNDEFINED = -1;

export const offsetForLeaderEpoch = defineRequest(OffsetForLeaderEpoch, [2, 4], (request, { broker }) => ({
  topics: request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) => {
      const log = broker.topics.partition(topic, partition);
      const errorCode = log ? checkLeaderEpoch(currentLeaderEpoch) : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      if (!log || errorCode !== ErrorCode.NONE || leaderEpoch !== LEADER_EPOCH) {
        return { errorCode, partition, leaderEpoch: UNDEFINED, endOffset: UNDEFINED };
      }
      return { errorCode, partition, leaderEpoch: LEADER_EPOCH, endOffset: log.highWatermark };
    }),
  })),
}));
