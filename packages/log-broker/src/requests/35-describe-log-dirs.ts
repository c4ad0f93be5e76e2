import type { PartitionLog } from '../log/partition-log.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { DescribeLogDirs } from '../wire/generated/describe-log-dirs.ts';
import type { DescribeLogDirsRequest } from '../wire/generated/describe-log-dirs.ts';
import { defineRequest } from './define-request.ts';

// Versions 1 to 5: 4 adds the size of the disk, which is not told here. There is one folder; asked for are the sizes.

export const describeLogDirs = defineRequest(DescribeLogDirs, [1, 5], (request, { broker }) => {
  const topics = new Map<string, PartitionLog[]>();
  for (const log of broker.logs.logs.values()) {
    if (isWanted(request, log)) topics.set(log.topic, [...(topics.get(log.topic) ?? []), log]);
  }
  const result = {
    errorCode: ErrorCode.NONE,
    logDir: broker.options.data,
    topics: [...topics].map(([name, logs]) => ({
      name,
      partitions: logs.map(({ partition, sizeBytes }) => ({
        partitionIndex: partition,
        partitionSize: sizeBytes,
        offsetLag: 0,
        isFutureKey: false,
      })),
    })),
  };
  return { errorCode: ErrorCode.NONE, results: [result] };
});

/** No topics means all of them. */
function isWanted({ topics }: DescribeLogDirsRequest, log: PartitionLog): boolean {
  return topics?.some(({ topic, partitions }) => topic === log.topic && partitions.includes(log.partition)) ?? true;
}
