import { ErrorCode } from '../wire/error-code.ts';
import { OffsetForLeaderEpoch } from '../wire/generated/offset-for-leader-epoch.ts';
import { checkLeaderEpoch } from './01-fetch.ts';
import { defineRequest } from './define-request.ts';

// Versions 2 to 4. Consumers use it to detect that the log was truncated. The last epoch ends where the log
// does.

const UNDEFINED = -1;

export const offsetForLeaderEpoch = defineRequest(OffsetForLeaderEpoch, [2, 4], (request, { broker }) => ({
  topics: request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) => {
      const log = broker.topics.partition(topic, partition);
      const errorCode = log ? checkLeaderEpoch(log, currentLeaderEpoch) : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      const found = errorCode === ErrorCode.NONE ? log?.endOfEpoch(leaderEpoch) : undefined;
      return {
        errorCode,
        partition,
        leaderEpoch: found?.epoch ?? UNDEFINED,
        endOffset: found?.endOffset ?? UNDEFINED,
      };
    }),
  })),
}));
