import { ErrorCode } from '../wire/error-code.ts';
import { DescribeTransactions } from '../wire/generated/describe-transactions.ts';
import { defineRequest } from './define-request.ts';

// Version 0. The state of transactional ids, and the partitions that an open transaction has written to.

export const describeTransactions = defineRequest(DescribeTransactions, [0, 0], (request, { broker }) => ({
  transactionStates: request.transactionalIds.map((transactionalId) => {
    const known = broker.transactions.get(transactionalId);
    return {
      transactionalId,
      errorCode: known ? ErrorCode.NONE : ErrorCode.TRANSACTIONAL_ID_NOT_FOUND,
      transactionState: known?.status ?? '',
      transactionTimeoutMs: known?.timeoutMs ?? 0,
      transactionStartTimeMs: known?.startedAt ?? -1,
      producerId: known?.producerId ?? -1,
      producerEpoch: known?.producerEpoch ?? -1,
      topics: [...(known?.partitions ?? [])].map(([topic, partitions]) => ({ topic, partitions: [...partitions] })),
    };
  }),
}));
