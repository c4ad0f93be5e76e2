import type { PartitionLog } from '../log/partition-log.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { DescribeLogDirs } from '../wire/generated/describe-log-dirs.ts';
import { defineRequest } from './define-request.ts';

// Versions 1 to 5: 4 adds the size of the disk, which is not reported here. There is one folder; clients want the sizes.

export const describeLogDirs = defineRequest(DescribeLogDirs, [1, 5], function* (request, { broker }) {
  const topics = new Map<string, PartitionLog[]>();
  const wanted = request.topics && new Map(request.topics.map((each) => [each.topic, new Set(each.partitions)]));
  for (const log of [...broker.logs.logs.values()]) {
    yield;
    // No topics means all of them.
    if (wanted && !wanted.get(log.topic)?.has(log.partition)) continue;
    const found = topics.get(log.topic);
    if (found) found.push(log);
    else topics.set(log.topic, [log]);
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
