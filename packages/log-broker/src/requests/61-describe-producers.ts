import { ErrorCode } from '../wire/error-code.ts';
import { DescribeProducers } from '../wire/generated/describe-producers.ts';
import { defineRequest } from './define-request.ts';

// Version 0. The producers that have written to a partition with an id, and their open transactions.

const NONE = -1;

export const describeProducers = defineRequest(DescribeProducers, [0, 0], (request, { broker }) => ({
  topics: request.topics.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => {
      const log = broker.topics.partition(name, partitionIndex);
      if (!log) return { partitionIndex, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, activeProducers: [] };
      const activeProducers = [...log.producers.all()].map((producer) => ({
        producerId: producer.producerId,
        producerEpoch: producer.epoch,
        lastSequence: producer.batches.at(-1)?.lastSequence ?? NONE,
        lastTimestamp: producer.lastTimestamp,
        coordinatorEpoch: producer.coordinatorEpoch,
        currentTxnStartOffset: producer.openTransactionFrom ?? NONE,
      }));
      return { partitionIndex, errorCode: ErrorCode.NONE, activeProducers };
    }),
  })),
}));
